"""Use-cases and views: one frozen request in, one frozen result out, for window, command line and scripts."""
