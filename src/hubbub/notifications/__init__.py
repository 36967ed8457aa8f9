"""What others did that concerns somebody: made once, grouped, counted by watermarks."""
