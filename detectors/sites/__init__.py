"""Where sites are indeed: what ordinary reports say of the places that the register gives."""
