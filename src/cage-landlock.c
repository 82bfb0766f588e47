/* The three calls of Landlock, which glibc has no functions for. */
#include "cage-landlock.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    CREATE_RULESET_VERSION = 1,
    RULE_PATH_BENEATH = 1,
};

/* The rights that mean something for what is not a directory: with others a rule is refused. */
#define RIGHTS_OF_FILES                                                                            \
    (LANDLOCK_EXECUTE | LANDLOCK_WRITE | LANDLOCK_READ | LANDLOCK_TRUNCATE | (1 << 15))

typedef struct {
    guint64 allowed;
    gint32 parent;
} __attribute__((packed)) PathBeneath;

int landlock_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return version > 0 ? (int)version : 0;
}

LandlockRights landlock_rights(int version)
{
    static const LandlockRights known[] = {
        {0, 0, 0},      {0x1fff, 0, 0}, /* 1, Linux 5.13: open, make, remove */
        {0x3fff, 0, 0},                 /* 2, 5.19: move to another directory */
        {0x7fff, 0, 0},                 /* 3, 6.2: truncate */
        {0x7fff, 3, 0},                 /* 4, 6.7: TCP bind and connect */
        {0xffff, 3, 0},                 /* 5, 6.10: ioctl on devices */
        {0xffff, 3, 3},                 /* 6, 6.12: abstract sockets and signals */
    };
    return known[CLAMP(version, 0, (int)G_N_ELEMENTS(known) - 1)];
}

/* A kernel that knows a shorter structure takes this one, as long as the rest is 0. */
int landlock_ruleset(int version)
{
    LandlockRights refused = landlock_rights(version);
    return (int)syscall(SYS_landlock_create_ruleset, &refused, sizeof(refused), 0);
}

gboolean landlock_allow(int ruleset, int version, int fd, guint64 rights)
{
    struct stat about;
    if (fstat(fd, &about) < 0)
        return FALSE;
    guint64 meant = S_ISDIR(about.st_mode) ? rights : rights & RIGHTS_OF_FILES;
    PathBeneath rule = {meant & landlock_rights(version).files, fd};
    return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0;
}

gboolean landlock_enter(int ruleset)
{
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}
