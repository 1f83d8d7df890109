"""From a scenario and a request to the plan of what that attempt does. Pure."""
