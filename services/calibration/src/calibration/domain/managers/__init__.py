"""What the ratings and the session's log say about the managers, as questions and never as corrections."""
