"""The files of a trace, decoded and screened piece by piece, here or in processes of their own."""
