"""Addresses: free text into labelled parts, a deliverability score, and the buildings in them."""
