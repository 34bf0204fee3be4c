"""What would this query cost with these indexes?"""
