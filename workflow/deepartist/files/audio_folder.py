"""Which files of a folder are music: by their suffixes, and not left there by a system."""

# Of audio and video files that libsndfile or FFmpeg decodes. Left out are suffixes that other files
# have more often (.ts, .mod, .dat), files without a header (.raw) and encrypted ones (.m4p, .aax).
SUFFIXES = frozenset(
    (
        *(".aa3", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".bwf"),
        *(".caf", ".dff", ".dsf", ".dts", ".eac3", ".flac", ".m4a", ".m4b", ".m4r", ".mka", ".mp1"),
        *(".mp2", ".mp3", ".mpc", ".oga", ".ogg", ".oma", ".opus", ".ra", ".rf64", ".shn", ".snd"),
        *(".spx", ".tak", ".tta", ".voc", ".w64", ".wav", ".wave", ".weba", ".wma", ".wv"),
        *(".3g2", ".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg"),
        *(".mpg", ".mts", ".ogv", ".ogx", ".rm", ".rmvb", ".vob", ".webm", ".wmv"),
    )
)
# macOS writes such a file beside each file on a disk that is not its own, under the same suffix.
APPLE_DOUBLE = "._"
# Folders that a system, a server or a program keeps for itself; they may hold deleted or older
# songs. Names are compared without case. Other names that start with a point are music's: there is
# a band named .38 Special.
SYSTEM_FOLDERS = frozenset(
    (
        *("$recycle.bin", "recycler", "system volume information", "found.000"),  # Windows
        *(".trash", ".trashes", ".spotlight-v100", ".fseventsd", ".temporaryitems"),  # macOS
        *(".documentrevisions-v100", "__macosx"),  # macOS
        *(".appledouble", ".appledb", ".appledesktop", "network trash folder"),  # Netatalk
        *("lost+found", ".cache", ".thumbnails"),  # Linux
        *("@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", ".@__thumb"),  # NAS
        *(".snapshot", ".snapshots", ".zfs"),  # file systems
        *(".git", ".hg", ".svn", ".bzr", ".dvc"),  # version control
        *(".stversions", ".stfolder", ".sync", ".dropbox.cache", ".tmp.drivedownload"),  # sync
    )
)
TRASH_OF_A_USER = ".trash-"  # Linux, on other disks: .Trash-1001 for the user of this number


def is_system_folder(name: str) -> bool:
    """Tell whether a folder of this name is kept by a system or program for itself."""
    name = name.casefold()
    return name in SYSTEM_FOLDERS or name.startswith(TRASH_OF_A_USER)


def is_audio_name(name: str) -> bool:
    """Tell whether a file of this name is one that `SUFFIXES` lists, and no AppleDouble file."""
    # Not Path.suffix, which is empty for a song that is named ".mp3".
    suffix = "." + name.rpartition(".")[2].casefold()
    return "." in name and suffix in SUFFIXES and not name.startswith(APPLE_DOUBLE)
