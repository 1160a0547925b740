"""转出、转入 and the cross-province change of employer: a file each, the steps they share in steps.py."""
