"""Order files: text or bytes in, drafts and every problem with its place out."""
