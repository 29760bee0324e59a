"""Pages of the door itself, without scripts: login, set-up of a second factor."""
