"""The first stage: rules over batches."""
