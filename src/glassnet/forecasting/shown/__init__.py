"""What people see of forecasts: tables, a summary, where a forecast comes from, a report."""
