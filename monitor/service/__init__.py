"""The process that polls and delivers for ever, and its single run."""
