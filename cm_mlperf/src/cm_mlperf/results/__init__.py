"""Results: one typed row for each measurement, whoever made it; tables, reports, comparisons."""
