"""What people ask about calls: the way of one, and the cases of complaints."""
