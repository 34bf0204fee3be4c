"""One document, one file per format."""
