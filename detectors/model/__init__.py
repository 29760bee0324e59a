"""The words of the stage: columns, findings, observations, rules."""
