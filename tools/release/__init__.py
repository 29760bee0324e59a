"""What goes with a release: rights of the shipped deployment, bill of materials, licences."""
