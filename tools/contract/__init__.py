"""What messages hold, as documents: `docs/messages.md` and `docs/schema/`, made from the code."""
