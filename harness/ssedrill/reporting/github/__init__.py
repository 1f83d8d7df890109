"""What a job of GitHub Actions shows: annotations, and the summary of a step."""
