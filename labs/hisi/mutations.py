"""What labs/hisi/mutants changes: one small thing at a time, each a mistake that a driver of the kind could have.

A mutation is found by a pattern within one function, where it must match once (or `times`), so that a newer driver in which the place looks different says so
instead of being judged unchanged. `why` is there where a mutant is known to survive: `equivalent` when no user of the device could ever tell, `unseen` when what
would show it is not there (the model never fails by itself, memory is not checked on this kernel ...).
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mutation:
    """One change of a driver's source."""

    name: str
    function: str
    pattern: str
    replacement: str
    kind: str
    times: int = 1
    equivalent: str = ""
    unseen: str = ""
    sample: bool = False
    # Campaigns that are slow and only for mutants like this one.
    also: tuple[str, ...] = field(default=())


CHECK, OFFSET, STATE, LOCK, ERRNO, LENGTH, DATA, STEP, REFERENCE, COUNT = (
    "dropped check",
    "wrong offset",
    "state not kept or cleared",
    "dropped lock",
    "changed errno",
    "miscounted length",
    "data lost",
    "step left out",
    "reference count",
    "wrong count",
)

# 6.12 loads what its write refused, and compares nothing behind the first match of its life: docs/findings/hisi_acc.md.
HIDDEN = "the expectations of 6.12 accept that a stream of another device loads"
IDLE = "no queue of the model works, no interrupt is raised, and its hardware reports no error"

HISI = [
    # What is read from the function and written to it.
    Mutation("reads-one-register-only", "qm_read_regs", r"reg_addr \+= QM_REG_ADDR_OFFSET;", ";", OFFSET),
    Mutation("writes-one-register-only", "qm_write_regs", r"reg \+ i \* QM_REG_ADDR_OFFSET", "reg", OFFSET),
    Mutation("refuses-seven-registers", "qm_read_regs", r"nums > QM_REGS_MAX_LEN", "nums >= QM_REGS_MAX_LEN", CHECK),
    Mutation("queues-one-less", "qm_get_vft", r"\) \+ 1;", ");", COUNT),
    Mutation("queues-by-wrong-shift", "qm_get_vft", r"QM_SQC_VFT_NUM_SHIFT_V2", "(QM_SQC_VFT_NUM_SHIFT_V2 - 1)", OFFSET),
    Mutation("sqc-from-the-cqc-command", "qm_get_sqc", r"QM_MB_CMD_SQC_BT", "QM_MB_CMD_CQC_BT", OFFSET),
    Mutation("cqc-without-its-high-half", "qm_get_cqc", r"QM_MB_CMD_DATA_ADDR_H", "QM_MB_CMD_DATA_ADDR_L", OFFSET),
    Mutation("eq-mask-from-the-aeq-register", "qm_get_regs", r"QM_VF_EQ_INT_MASK, &", "QM_VF_AEQ_INT_MASK, &", OFFSET),
    Mutation("page-size-from-the-mask", "qm_get_regs", r"QM_PAGE_SIZE, &", "QM_IFC_INT_MASK, &", OFFSET),
    Mutation("six-words-of-the-eqc-saved", "qm_get_regs", r"qm_eqc_dw, 7", "qm_eqc_dw, 6", LENGTH),
    Mutation("six-words-of-the-aeqc-loaded", "qm_set_regs", r"qm_aeqc_dw, 7", "qm_aeqc_dw, 6", LENGTH),
    Mutation("eqc-loaded-into-the-aeqc", "qm_set_regs", r"QM_EQC_DW0, vf_data", "QM_AEQC_DW0, vf_data", OFFSET),
    Mutation("page-size-not-loaded", "qm_set_regs", r"qm_write_regs\(qm, QM_PAGE_SIZE, &vf_data->page_size, 1\)", "0", STEP),
    Mutation("eq-mask-not-loaded", "qm_set_regs", r"qm_write_regs\(qm, QM_VF_EQ_INT_MASK, &vf_data->eq_int_mask, 1\)", "0", STEP),
    Mutation("loads-without-waiting-for-the-mailbox", "qm_set_regs", r"unlikely\(hisi_qm_wait_mb_ready\(qm\)\)", "0", CHECK, unseen="the mailbox of the model is ready, unless a test makes it busy"),
    Mutation("table-of-the-function-before", "pf_qm_get_qp_num", r"writel\(vf_id, ", "writel(vf_id - 1, ", OFFSET, unseen="all functions of the model have as many queues"),
    Mutation("table-one-queue-less", "pf_qm_get_qp_num", r"\) \+ 1;", ");", COUNT),
    Mutation("started-with-interrupts-masked", "qm_dev_cmd_init", r"writel\(0x0, ", "writel(0x1, ", DATA, unseen=IDLE),
    Mutation("no-doorbells-at-the-start", "vf_qm_fun_reset", r"i < qm->qp_num", "i < 0", STEP, unseen=IDLE),
    Mutation("never-paused", "vf_qm_func_stop", r"return hisi_qm_mb\([^;]*\);", "return 0;", STEP),
    Mutation("no-write-back", "hisi_acc_vf_stop_device", r"ret = vf_qm_cache_wb\(vf_qm\);", "ret = 0;", STEP),
    Mutation("ras-state-not-looked-at", "hisi_acc_check_int_state", r"state = qm_check_reg_state\(qm, QM_ABNORMAL_INT_STATUS\);", "state = 0;", CHECK, unseen=IDLE),
    # The match of a stream with the device.
    Mutation("any-version", "vf_qm_version_check", r"vf_data->major_ver != ACC_DRV_MAJOR_VER", "false", CHECK, unseen=HIDDEN),
    Mutation("any-magic", "vf_qm_version_check", r"default:\s*return -EINVAL;", "default:\n\t\tbreak;", CHECK, unseen=HIDDEN),
    Mutation("any-device-type", "vf_qm_check_match", r"vf_data->dev_id != hisi_acc_vdev->vf_dev->device", "false", CHECK, unseen=HIDDEN),
    Mutation("any-number-of-queues", "vf_qm_check_match", r"ret != vf_data->qp_num", "false", CHECK, unseen=HIDDEN),
    Mutation("any-isolation", "vf_qm_check_match", r"vf_data->que_iso_cfg != que_iso_state", "false", CHECK, unseen=HIDDEN),
    Mutation("match-looked-at-one-byte-late", "vf_qm_check_match", r"total_length < QM_MATCH_SIZE", "total_length <= QM_MATCH_SIZE", LENGTH, unseen=HIDDEN),
    Mutation("match-looked-at-early", "vf_qm_check_match", r"total_length < QM_MATCH_SIZE", "total_length < QM_MATCH_SIZE - 8", LENGTH, unseen="all that is compared is in the first 24 bytes, and which write of a wrong stream fails is left open"),
    Mutation("match-asked-of-each-piece", "vf_qm_check_match", r"hisi_acc_vdev->match_done = true;", ";", STATE),
    Mutation("match-with-another-errno", "hisi_acc_vf_resume_write", r"if \(ret\)\s*done = -EFAULT;\s*out_unlock", "if (ret)\n\t\tdone = -EINVAL;\nout_unlock", ERRNO),
    Mutation("match-fails-silently", "hisi_acc_vf_resume_write", r"if \(ret\)\s*done = -EFAULT;\s*out_unlock", "(void)ret;\nout_unlock", CHECK),
    Mutation("device-type-not-saved", "vf_qm_get_match_data", r"vf_data->dev_id = [^;]*;", ";", DATA),
    Mutation("number-of-queues-not-saved", "vf_qm_get_match_data", r"vf_data->qp_num = ret;", ";", DATA),
    Mutation("saved-with-the-old-magic", "vf_qm_get_match_data", r"ACC_DEV_MAGIC_V2", "ACC_DEV_MAGIC_V1", DATA),
    # Loading.
    Mutation("cut-image-loaded", "vf_qm_load_data", r"migf->total_length < sizeof\(struct acc_vf_data\)", "false", CHECK),
    Mutation("match-data-alone-refused", "vf_qm_load_data", r"if \(migf->total_length == QM_MATCH_SIZE\)\s*return 0;", ";", CHECK),
    Mutation("readiness-not-loaded", "vf_qm_load_data", r"ret = qm_write_regs\(qm, QM_VF_STATE[^;]*;", "ret = 0;", STEP),
    Mutation("readiness-not-remembered", "vf_qm_load_data", r"hisi_acc_vdev->vf_qm_state = vf_data->vf_qm_state;", ";", STATE),
    Mutation("sqc-not-loaded", "vf_qm_load_data", r"ret = hisi_qm_mb\(qm, QM_MB_CMD_SQC_BT[^;]*;", "ret = 0;", STEP),
    Mutation("cqc-loaded-with-the-sqc", "vf_qm_load_data", r"qm->cqc_dma, 0, 0", "qm->sqc_dma, 0, 0", DATA),
    Mutation("registers-not-loaded", "vf_qm_load_data", r"ret = qm_set_regs\(qm, vf_data\);", "ret = 0;", STEP),
    Mutation("failed-load-succeeds", "hisi_acc_vf_load_state", r"failed to recover the VF!\\n\"\);\s*return ret;", 'failed to recover the VF!\\n");\n\t\treturn 0;', CHECK),
    # Saving.
    Mutation("ready-saved-as-not-ready", "vf_qm_state_save", r"vf_qm_state = QM_READY;", "vf_qm_state = QM_NOT_READY;", DATA),
    Mutation("not-ready-saved-whole", "vf_qm_state_save", r"migf->total_length = QM_MATCH_SIZE;", "migf->total_length = sizeof(struct acc_vf_data);", LENGTH),
    Mutation("image-four-bytes-short", "vf_qm_state_save", r"migf->total_length = sizeof\(struct acc_vf_data\);", "migf->total_length = sizeof(struct acc_vf_data) - 4;", LENGTH, sample=True),
    Mutation("eq-address-without-its-high-half", "vf_qm_state_save", r"vf_data->eqe_dma <<= QM_XQC_ADDR_OFFSET;", ";", DATA),
    Mutation("cqc-saved-over-the-sqc", "vf_qm_state_save", r"qm_get_cqc\(vf_qm, &vf_data->cqc_dma\)", "qm_get_cqc(vf_qm, &vf_data->sqc_dma)", OFFSET),
    Mutation("events-left-in-the-queue", "vf_qm_state_save", r"vf_qm_xeqc_save\(vf_qm, migf\);", ";", STEP),
    Mutation("pre-copy-without-match-data", "hisi_acc_vf_pre_copy", r"migf->total_length = QM_MATCH_SIZE;", "migf->total_length = 0;", LENGTH),
    Mutation("pre-copy-with-too-much", "hisi_acc_vf_pre_copy", r"migf->total_length = QM_MATCH_SIZE;", "migf->total_length = sizeof(struct acc_vf_data);", LENGTH),
    # Sessions and their files.
    Mutation("ended-session-lives", "hisi_acc_vf_disable_fd", r"migf->disabled = true;", ";", STATE),
    Mutation("ended-session-keeps-its-length", "hisi_acc_vf_disable_fd", r"migf->total_length = 0;", ";", STATE),
    Mutation("ended-session-keeps-its-place", "hisi_acc_vf_disable_fd", r"migf->filp->f_pos = 0;", ";", STATE),
    Mutation("saving-file-never-put", "hisi_acc_vf_disable_fds", r"fput\(hisi_acc_vdev->saving_migf->filp\);", ";", REFERENCE),
    Mutation("resuming-file-put-twice", "hisi_acc_vf_disable_fds", r"hisi_acc_vdev->resuming_migf = NULL;", ";", REFERENCE),
    Mutation("reset-leaves-the-state", "hisi_acc_vf_reset", r"hisi_acc_vdev->mig_state = VFIO_DEVICE_STATE_RUNNING;", ";", STATE, sample=True),
    Mutation("reset-leaves-the-session", "hisi_acc_vf_reset", r"hisi_acc_vf_disable_fds\(hisi_acc_vdev\);", ";", STATE),
    Mutation("reset-leaves-readiness", "hisi_acc_vf_reset", r"hisi_acc_vdev->vf_qm_state = QM_NOT_READY;", ";", STATE),
    Mutation("reset-does-nothing", "hisi_acc_vf_pci_aer_reset_done", r"hisi_acc_vf_reset\(hisi_acc_vdev\);", ";", STEP),
    Mutation("starts-only-what-is-not-ready", "hisi_acc_vf_start_device", r"vf_qm_state != QM_READY", "vf_qm_state == QM_READY", CHECK),
    Mutation("one-byte-too-much-taken", "hisi_acc_vf_resume_write", r"requested_length > sizeof\(struct acc_vf_data\)", "requested_length > sizeof(struct acc_vf_data) + 1", LENGTH),
    Mutation("last-byte-refused", "hisi_acc_vf_resume_write", r"requested_length > sizeof\(struct acc_vf_data\)", "requested_length >= sizeof(struct acc_vf_data)", LENGTH),
    Mutation("too-much-with-another-errno", "hisi_acc_vf_resume_write", r"return -ENOMEM;", "return -E2BIG;", ERRNO),
    Mutation("dead-file-written", "hisi_acc_vf_resume_write", r"if \(migf->disabled\) \{", "if (0) {", CHECK),
    Mutation("pieces-over-each-other", "hisi_acc_vf_resume_write", r"\*pos \+= len;", ";", OFFSET),
    Mutation("taken-bytes-not-counted", "hisi_acc_vf_resume_write", r"migf->total_length \+= len;", "migf->total_length = len;", LENGTH),
    Mutation("write-says-one-less", "hisi_acc_vf_resume_write", r"done = len;", "done = len - 1;", LENGTH),
    Mutation("write-without-lock", "hisi_acc_vf_resume_write", r"mutex_(un)?lock\(&migf->lock\);", ";", LOCK, times=2),
    Mutation("dead-file-read", "hisi_acc_vf_save_read", r"if \(migf->disabled\) \{", "if (0) {", CHECK),
    Mutation("read-stands-still", "hisi_acc_vf_save_read", r"\*pos \+= len;", ";", OFFSET),
    Mutation("read-says-one-less", "hisi_acc_vf_save_read", r"done = len;", "done = len - 1;", LENGTH),
    Mutation("read-from-the-beginning", "hisi_acc_vf_save_read", r"vf_data \+ \*pos", "vf_data", OFFSET),
    Mutation("read-never-unlocks-a-dead-file", "hisi_acc_vf_save_read", r"done = -ENODEV;\s*goto out_unlock;", "return -ENODEV;", LOCK),
    Mutation("any-ioctl-is-the-query", "hisi_acc_vf_precopy_ioctl", r"cmd != VFIO_MIG_GET_PRECOPY_INFO", "false", CHECK),
    Mutation("unknown-ioctl-einval", "hisi_acc_vf_precopy_ioctl", r"return -ENOTTY;", "return -EINVAL;", ERRNO),
    Mutation("short-argsz-taken", "hisi_acc_vf_precopy_ioctl", r"info\.argsz < minsz", "false", CHECK),
    Mutation("query-in-any-state", "hisi_acc_vf_precopy_ioctl", r"hisi_acc_vdev->mig_state != VFIO_DEVICE_STATE_PRE_COPY", "false", CHECK),
    Mutation("initial-bytes-of-the-whole", "hisi_acc_vf_precopy_ioctl", r"migf->total_length - \*pos", "migf->total_length", LENGTH),
    Mutation("query-keeps-the-state-lock", "hisi_acc_vf_precopy_ioctl", r"mutex_unlock\(&hisi_acc_vdev->state_mutex\);\s*return -EINVAL;", "return -EINVAL;", LOCK),
    # The state machine.
    Mutation("state-reads-without-lock", "hisi_acc_vfio_pci_get_device_state", r"mutex_(un)?lock\([^;]*;", ";", LOCK, times=2),
    Mutation("state-is-always-running", "hisi_acc_vfio_pci_get_device_state", r"= hisi_acc_vdev->mig_state;", "= VFIO_DEVICE_STATE_RUNNING;", DATA, sample=True),
    Mutation("arc-stays-where-it-was", "hisi_acc_vfio_pci_set_device_state", r"if \(IS_ERR\(res\)\)\s*break;", "if (IS_ERR(res)) {\n\t\t\tres = NULL;\n\t\t\tbreak;\n\t\t}", CHECK),
    Mutation("no-reference-for-the-user-of-a-save", "hisi_acc_vf_set_device_state", r"migf = hisi_acc_vf_stop_copy\(hisi_acc_vdev, true\);\s*if \(IS_ERR\(migf\)\)\s*return ERR_CAST\(migf\);\s*get_file\(migf->filp\);", "migf = hisi_acc_vf_stop_copy(hisi_acc_vdev, true);\n\t\tif (IS_ERR(migf))\n\t\t\treturn ERR_CAST(migf);", REFERENCE),
    Mutation("pre-copy-goes-on-unstopped", "hisi_acc_vf_set_device_state", r"(VFIO_DEVICE_STATE_PRE_COPY && new == VFIO_DEVICE_STATE_STOP_COPY\) \{\s*struct hisi_acc_vf_migration_file \*migf;\s*)ret = hisi_acc_vf_stop_device\(hisi_acc_vdev\);", r"\1ret = 0;", STEP),
    Mutation("stopped-without-a-stop", "hisi_acc_vf_set_device_state", r"(VFIO_DEVICE_STATE_RUNNING && new == VFIO_DEVICE_STATE_STOP\) \{\s*)ret = hisi_acc_vf_stop_device\(hisi_acc_vdev\);", r"\1ret = 0;", STEP),
    Mutation("session-lives-behind-stop-copy", "hisi_acc_vf_set_device_state", r"(VFIO_DEVICE_STATE_STOP_COPY && new == VFIO_DEVICE_STATE_STOP\)\) \{\s*)hisi_acc_vf_disable_fds\(hisi_acc_vdev\);", r"\1;", STATE, sample=True),
    Mutation("session-lives-behind-a-load", "hisi_acc_vf_set_device_state", r"(return ERR_PTR\(ret\);\s*)hisi_acc_vf_disable_fds\(hisi_acc_vdev\);", r"\1;", STATE),
    Mutation("session-lives-behind-pre-copy", "hisi_acc_vf_set_device_state", r"(VFIO_DEVICE_STATE_PRE_COPY && new == VFIO_DEVICE_STATE_RUNNING\) \{\s*)hisi_acc_vf_disable_fds\(hisi_acc_vdev\);", r"\1;", STATE),
    Mutation("left-without-a-load", "hisi_acc_vf_set_device_state", r"ret = hisi_acc_vf_load_state\(hisi_acc_vdev\);", "ret = 0;", STEP),
    Mutation("not-started", "hisi_acc_vf_set_device_state", r"hisi_acc_vf_start_device\(hisi_acc_vdev\);", ";", STEP),
    Mutation("data-size-of-match-data", "hisi_acc_vfio_pci_get_data_size", r"sizeof\(struct acc_vf_data\)", "QM_MATCH_SIZE", LENGTH),
    Mutation("opened-in-the-state-it-was-left", "hisi_acc_vfio_pci_open_device", r"hisi_acc_vdev->mig_state = VFIO_DEVICE_STATE_RUNNING;", "if (!hisi_acc_vdev->mig_state)\n\t\t\thisi_acc_vdev->mig_state = VFIO_DEVICE_STATE_RUNNING;", STATE),
    Mutation("session-lives-behind-a-close", "hisi_acc_vfio_pci_close_device", r"hisi_acc_vf_disable_fds\(hisi_acc_vdev\);", ";", STATE),
    Mutation("mapping-kept-behind-a-close", "hisi_acc_vfio_pci_close_device", r"iounmap\(vf_qm->io_base\);", ";", REFERENCE),
    Mutation("migration-registers-reachable", "hisi_acc_pci_rw_access_check", r"pci_resource_len\(vdev->pdev, index\) / 2", "pci_resource_len(vdev->pdev, index)", CHECK),
    Mutation("advertises-p2p", "hisi_acc_vfio_pci_migrn_init_dev", r"VFIO_MIGRATION_STOP_COPY \|", "VFIO_MIGRATION_P2P | VFIO_MIGRATION_STOP_COPY |", DATA),
    Mutation("advertises-pre-copy-alone", "hisi_acc_vfio_pci_migrn_init_dev", r"VFIO_MIGRATION_STOP_COPY \| ", "", DATA),
    Mutation("number-of-the-function-not-counted-from-1", "hisi_acc_vfio_pci_migrn_init_dev", r"pci_iov_vf_id\(pdev\) \+ 1", "pci_iov_vf_id(pdev)", COUNT),
]

MTTY = [
    # The work of a serial port.
    Mutation("fifo-without-count", "handle_bar_write", r"rxtx\.count\+\+;", "rxtx.count += 0;", DATA, unseen="a port that works otherwise does so before a migration and after it: no sentence of the contract is about that"),
    Mutation("read-does-not-advance", "handle_bar_read", r"CIRCULAR_BUF_INC_IDX\([^;]*rxtx\.tail\);", ";", STEP, unseen="a port that works otherwise does so before a migration and after it: no sentence of the contract is about that"),
    Mutation("scratch-not-stored", "handle_bar_write", r"(case UART_SCR:\s*)mdev_state->s\[index\]\.uart_reg\[offset\] = data;", r"\1;", DATA),
    # Saving and loading.
    Mutation("one-port-is-all", "mtty_data_size", r"mdev_state->nr_ports \* sizeof", "1 * sizeof", LENGTH),
    Mutation("size-without-header", "mtty_data_size", r"offsetof\(struct mtty_data, ports\) \+", "0 +", LENGTH),
    Mutation("first-port-saved-twice", "mtty_save_state", r"&mdev_state->s\[i\]", "&mdev_state->s[0]", DATA, sample=True),
    Mutation("saves-one-port", "mtty_save_state", r"i < mdev_state->nr_ports", "i < 1", LENGTH),
    Mutation("saved-but-not-counted", "mtty_save_state", r"migf->filled_size \+= sizeof\(struct serial_port\);", ";", LENGTH),
    Mutation("saves-without-fifo", "mtty_save_state", r"&mdev_state->s\[i\], sizeof\(struct serial_port\)\);", "&mdev_state->s[i], offsetof(struct serial_port, rxtx));", LENGTH),
    Mutation("cut-image-loaded", "mtty_load_state", r"migf->filled_size < mtty_data_size\(mdev_state\)", "false", CHECK),
    Mutation("loads-one-port", "mtty_load_state", r"i < mdev_state->nr_ports", "i < 1", LENGTH),
    Mutation("loads-nothing", "mtty_load_state", r"for \(i = 0; i < mdev_state->nr_ports; i\+\+\)", "for (i = 0; i < 0; i++)", STEP),
    Mutation("nothing-behind-pre-copy", "mtty_save_device_data", r"goto fill_data;", "return ret;", STEP),
    Mutation("ports-miscounted-in-header", "mtty_save_device_data", r"migf->data\.nr_ports = mdev_state->nr_ports;", "migf->data.nr_ports = mdev_state->nr_ports - 1;", COUNT),
    Mutation("header-four-bytes-short", "mtty_save_device_data", r"migf->filled_size = offsetof\(struct mtty_data, ports\);", "migf->filled_size = offsetof(struct mtty_data, ports) - 4;", LENGTH),
    Mutation("file-for-writing", "mtty_save_device_data", r"O_RDONLY", "O_WRONLY", DATA),
    # Files and sessions.
    Mutation("ended-session-lives", "mtty_disable_file", r"migf->disabled = true;", ";", STATE),
    Mutation("ended-session-keeps-its-size", "mtty_disable_file", r"migf->filled_size = 0;", ";", STATE),
    Mutation("saving-file-never-put", "mtty_disable_files", r"fput\(mdev_state->saving_migf->filp\);", ";", REFERENCE),
    Mutation("resuming-file-put-twice", "mtty_disable_files", r"mdev_state->resuming_migf = NULL;", ";", REFERENCE),
    Mutation("read-stands-still", "mtty_save_read", r"\*pos \+= len;", ";", OFFSET),
    Mutation("read-says-all-at-the-end", "mtty_save_read", r"ret = len;", "ret = len + 1;", LENGTH),
    Mutation("dead-file-read", "mtty_save_read", r"if \(migf->disabled\) \{", "if (0) {", CHECK),
    Mutation("dead-file-written", "mtty_resume_write", r"if \(migf->disabled\) \{", "if (0) {", CHECK),
    Mutation("last-byte-refused", "mtty_resume_write", r"requested_length > mtty_data_size", "requested_length >= mtty_data_size", LENGTH),
    Mutation("one-byte-too-much-taken", "mtty_resume_write", r"requested_length > mtty_data_size\(mdev_state\)", "requested_length > mtty_data_size(mdev_state) + 1", LENGTH),
    Mutation("any-magic", "mtty_resume_write", r"migf->data\.magic != MTTY_MAGIC \|\|", "", CHECK),
    Mutation("any-flags", "mtty_resume_write", r"\|\| migf->data\.flags \|\|", "||", CHECK),
    Mutation("any-version", "mtty_resume_write", r"migf->data\.major_ver != MTTY_MAJOR_VER \|\|", "", CHECK),
    Mutation("any-number-of-ports", "mtty_resume_write", r"migf->data\.nr_ports != mdev_state->nr_ports", "false", CHECK),
    Mutation("header-fails-silently", "mtty_resume_write", r"failed validation\\n\", __func__\);\s*ret = -EFAULT;", 'failed validation\\n", __func__);', CHECK),
    Mutation("pieces-over-each-other", "mtty_resume_write", r"\*pos \+= len;", ";", OFFSET),
    Mutation("query-in-any-state", "mtty_precopy_ioctl", r"mdev_state->state != VFIO_DEVICE_STATE_PRE_COPY &&\s*mdev_state->state != VFIO_DEVICE_STATE_PRE_COPY_P2P", "false", CHECK),
    Mutation("query-not-in-p2p", "mtty_precopy_ioctl", r"mdev_state->state != VFIO_DEVICE_STATE_PRE_COPY &&\s*mdev_state->state != VFIO_DEVICE_STATE_PRE_COPY_P2P", "mdev_state->state != VFIO_DEVICE_STATE_PRE_COPY", CHECK),
    Mutation("initial-bytes-of-the-whole", "mtty_precopy_ioctl", r"migf->filled_size - \*pos", "migf->filled_size", LENGTH),
    # The state machine.
    Mutation("session-lives-behind-an-arc", "mtty_step_state", r"(VFIO_DEVICE_STATE_STOP_COPY &&\s*new == VFIO_DEVICE_STATE_STOP\)\) \{\s*)mtty_disable_files\(mdev_state\);", r"\1;", STATE),
    Mutation("left-without-a-load", "mtty_step_state", r"ret = mtty_load_state\(mdev_state\);", "ret = 0;", STEP, sample=True),
    Mutation("no-reference-for-the-user-of-a-load", "mtty_step_state", r"(migf = mtty_resume_device_data\(mdev_state\);\s*if \(IS_ERR\(migf\)\)\s*return ERR_CAST\(migf\);\s*)get_file\(migf->filp\);", r"\1", REFERENCE),
    Mutation("arcs-of-p2p-missing", "mtty_step_state", r"new == VFIO_DEVICE_STATE_RUNNING_P2P\)\)\s*return NULL;", "new == VFIO_DEVICE_STATE_RUNNING_P2P))\n\t\treturn ERR_PTR(-EINVAL);", CHECK),
    Mutation("state-is-always-running", "mtty_get_state", r"= mdev_state->state;", "= VFIO_DEVICE_STATE_RUNNING;", DATA),
    Mutation("reset-leaves-the-state", "mtty_state_mutex_unlock", r"mdev_state->state = VFIO_DEVICE_STATE_RUNNING;", ";", STATE),
    Mutation("reset-leaves-the-session", "mtty_state_mutex_unlock", r"mtty_disable_files\(mdev_state\);", ";", STATE),
    Mutation("reset-does-nothing", "mtty_reset", r"mdev_state->deferred_reset = true;", ";", STEP),
    Mutation("session-lives-behind-a-close", "mtty_close", r"mtty_disable_files\(mdev_state\);", ";", STATE),
    Mutation("data-size-of-nothing", "mtty_get_data_size", r"= mtty_data_size\(mdev_state\);", "= 0;", LENGTH),
    Mutation("size-without-lock", "mtty_save_read", r"mutex_(un)?lock\(&migf->lock\);", ";", LOCK, times=2, also=("overlapping-calls",)),
    Mutation("states-without-lock", "mtty_set_state", r"mutex_lock\(&mdev_state->state_mutex\);", "mutex_trylock(&mdev_state->state_mutex);", LOCK, also=("overlapping-calls",)),
]
