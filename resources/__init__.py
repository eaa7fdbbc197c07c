"""What the window and the help show: style sheet, icons, help pages."""
