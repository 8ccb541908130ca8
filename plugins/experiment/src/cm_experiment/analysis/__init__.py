"""What recorded steps say: tables, fronts, comparisons, reports, predictions; reads records, writes none."""
