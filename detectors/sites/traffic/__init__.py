"""Which cells of a zone phones report, by days: what an audit of the register rests on."""
