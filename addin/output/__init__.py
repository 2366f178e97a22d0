"""The outputs: the template, the summary, the circular, the units' papers, and saving them."""
