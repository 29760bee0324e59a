"""Phones that lost their service and name nobody: who took them."""
