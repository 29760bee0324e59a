"""The streets under the map: base maps made of OpenStreetMap, and looked at before use."""
