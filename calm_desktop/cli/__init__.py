"""The command line: one verb for each use-case and view, over the same requests and answers as the window."""
