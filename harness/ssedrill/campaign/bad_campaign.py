"""What is wrong with a campaign, as its user is told."""


class BadCampaign(ValueError):
    """Runs can't be made on other machines; the message says where, why, and what would be right."""
