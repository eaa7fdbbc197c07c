"""The verbs of the command line, by family: each reads its texts, builds one request and shows one answer."""
