"""What is tried by hand: a feed, a channel, the sample."""
