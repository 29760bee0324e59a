"""From the topics into the store and out to open pages."""
