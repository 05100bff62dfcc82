"""The life of a finding (design 4): from its registration to its write-off."""
