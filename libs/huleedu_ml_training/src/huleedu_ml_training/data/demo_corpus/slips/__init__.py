"""What goes wrong on the way from thought to text: spelling, grammar, punctuation."""
