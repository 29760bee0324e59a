"""What cells broadcast and command by radio: system information of GSM, RRC of LTE."""
