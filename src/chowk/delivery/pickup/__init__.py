"""Pick-up points: who lives in a zone or building, which is nearest, and what to tell them."""
