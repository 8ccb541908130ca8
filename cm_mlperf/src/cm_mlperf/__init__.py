"""MLPerf inference on the official LoadGen: runs, results, submissions, checks."""
