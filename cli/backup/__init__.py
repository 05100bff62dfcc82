"""Backup, restore and move: an office taken out of its database and its store, and proven whole where it is put back.

    TO/photos/ab/<sha256>                 originals, shared by all backups under TO: a second one copies what is new
    TO/20261128T003000Z/database.dump     pg_dump's custom format, of one moment
    TO/20261128T003000Z/manifest.json     what belongs to it, with hashes; manifest.sig is the office's signature

Keys lie apart (`--keys-to`): whoever finds a backup alone can open nothing that is sealed.
"""
