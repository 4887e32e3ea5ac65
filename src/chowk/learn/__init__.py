"""What several systems share: measures of rankings, intervals, splits of data."""
