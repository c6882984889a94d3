"""The command line `recurly-sessions`: a thin layer over plans and operations, the only place that reads the clock."""
