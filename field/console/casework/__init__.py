"""Cases: incidents of several days that may be of one transmitter or one gang, who travelled along,
and how good each rule has proved to be."""
