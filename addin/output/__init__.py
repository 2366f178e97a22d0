"""What is written: the template, the summary, the circular, the unit's own papers, and how a file is saved."""
