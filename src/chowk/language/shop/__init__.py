"""What a shop's customers say: word lists, phrases, and the model that is learned from them."""
