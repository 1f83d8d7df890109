"""Reports: pure functions and writers that read finished records, one file a format."""
