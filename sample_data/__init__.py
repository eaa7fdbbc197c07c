"""Order files, mappings and stories that README, demo and tests share."""
