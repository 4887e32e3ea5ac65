"""The ground floor: what a store's data is, where it lies, how it comes in and goes out."""
