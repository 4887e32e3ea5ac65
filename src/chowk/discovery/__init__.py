"""What goes with what: the systems that let a shopper find the next product."""
