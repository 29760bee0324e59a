"""The second stage: observations in order of arrival, into incidents, into alerts."""
