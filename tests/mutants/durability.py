"""Faults in the promise: file synced, named, folder synced, row committed, and only then the answer."""

from tests.mutants.mutant import Mutant

STORE = "services/photos/local_store.py"
STORE_TESTS = "tests/unit/test_photo_store.py"
KEPT_TESTS = "tests/api/test_photos_kept.py"
SEEDED = "tests/api/test_seeded_faults.py"

DURABILITY = (
    Mutant(
        name="answer_before_commit",
        why="A phone is told 201 and deletes its report, and then the commit fails.",
        file="api/deps.py",
        old='Depends(transaction, scope="function")',
        new="Depends(transaction)",
        tests=("tests/api/test_promise.py::test_an_organ_whose_commit_fails_is_neither_acknowledged_nor_there",),
    ),
    Mutant(
        name="row_before_name",
        why="The store says kept while the file still waits for its name: the row is committed and names no file.",
        file=STORE,
        old="self._rename(part, final)",
        new="self._pool.submit(self._rename, part, final)",
        tests=(f"{KEPT_TESTS}::test_a_failing_disk_answers_try_again_and_nothing_is_half_there[rename]",),
    ),
    Mutant(
        name="report_before_its_photos",
        why="A report is acknowledged whose photos came in the same body and never got to their place.",
        file="api/reports.py",
        old="            self.kept.append(Arrived(photo_id, await self.office.store.keep(incoming), content))\n",
        new="            from services.photos.store import Kept\n"
        "            kept = Kept(incoming.sha256, incoming.size, was_there=False)\n"
        "            self.kept.append(Arrived(photo_id, kept, content))\n",
        tests=(f"{SEEDED}::test_photos_that_came_with_their_report_are_read_from_the_office_byte_for_byte",),
    ),
    Mutant(
        name="file_not_synced",
        why="After a power cut an acknowledged photo has its name and no bytes.",
        file=STORE,
        old="self._disk.fsync(fd)",
        new="pass",
        tests=(f"{STORE_TESTS}::test_file_is_synced_before_rename_and_folder_after_it",),
    ),
    Mutant(
        name="sync_that_reaches_no_kernel",
        why="The store asks for a sync and believes that it happened; the kernel never heard of it.",
        file="services/photos/disk.py",
        old='never call it again for this file."""\n        os.fsync(fd)',
        new='never call it again for this file."""',
        tests=(f"{SEEDED}::test_file_and_folder_are_synced_by_the_kernel_itself",),
    ),
    Mutant(
        name="folder_not_synced",
        why="After a power cut the bytes are there and the name that the row knows is not.",
        file=STORE,
        old="            try:\n                self._disk.fsync_folder(folder)\n",
        new="            try:\n                pass\n",
        tests=(f"{STORE_TESTS}::test_file_is_synced_before_rename_and_folder_after_it",),
    ),
    Mutant(
        name="new_folder_not_synced",
        why="The first photo of a folder is lost together with the folder.",
        file=STORE,
        old="self._disk.fsync_folder(parent)",
        new="pass",
        tests=(f"{STORE_TESTS}::test_the_names_of_new_folders_are_synced_before_the_file_moves_in",),
    ),
    Mutant(
        name="failed_sync_tried_again",
        why="A second fsync after a failed one says yes, though the pages were thrown away (PostgreSQL, 2018).",
        file=STORE,
        old="            self._disk.fsync(fd)\n",
        new="            try:\n                self._disk.fsync(fd)\n"
        "            except OSError:\n                self._disk.fsync(fd)\n",
        tests=(f"{SEEDED}::test_a_sync_that_fails_once_fails_the_upload_and_is_not_asked_again",),
    ),
    Mutant(
        name="failed_folder_sync_keeps_the_name",
        why="The phone was told no, yet the next one with the same photo is told that it was there already.",
        file=STORE,
        old="self._disk.unlink(final)  # under the lock",
        new="pass  # under the lock",
        tests=(f"{STORE_TESTS}::test_a_folder_sync_that_fails_after_the_rename_takes_the_new_name_away_again",),
    ),
)
