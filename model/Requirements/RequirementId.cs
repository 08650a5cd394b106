namespace Conformance.Model.Requirements;

/// <summary>
/// The requirements, in the order of the catalogue. A member is the name of the requirement with '-' written '_': <see cref="MIG_FSM_06"/> is MIG-FSM-06.
/// States are abbreviated as everywhere in the catalogue: see <see cref="Requirement"/>.
/// </summary>
public enum RequirementId : ushort
{
    /// <summary>No requirement.</summary>
    None = 0,

    // ABI: the feature ioctl envelope

    /// <summary>Request number 0x3B75; the payload starts at byte 8.</summary>
    ABI_01,

    /// <summary>An unreadable envelope gives EFAULT.</summary>
    ABI_02,

    /// <summary>argsz below 8 gives EINVAL.</summary>
    ABI_03,

    /// <summary>Unknown flag bits give EINVAL.</summary>
    ABI_04,

    /// <summary>GET and SET together without PROBE give EINVAL.</summary>
    ABI_05,

    /// <summary>No method on a supported feature gives EINVAL.</summary>
    ABI_06,

    /// <summary>PROBE alone succeeds on a supported feature and writes nothing.</summary>
    ABI_07,

    /// <summary>PROBE with methods succeeds only when all of them are supported.</summary>
    ABI_08,

    /// <summary>PROBE has no side effect.</summary>
    ABI_09,

    /// <summary>A method that the feature does not offer gives EINVAL.</summary>
    ABI_10,

    /// <summary>A payload below the minimum gives EINVAL and no action.</summary>
    ABI_11,

    /// <summary>A larger argsz is accepted; surplus bytes are left alone.</summary>
    ABI_12,

    /// <summary>Features 1, 2, 9 without migration support give ENOTTY.</summary>
    ABI_13,

    /// <summary>Features 6, 7, 8 without logging support give ENOTTY.</summary>
    ABI_14,

    /// <summary>An unknown feature index gives ENOTTY.</summary>
    ABI_15,

    /// <summary>Feature 12 without PRE_COPY gives EINVAL.</summary>
    ABI_16,

    /// <summary>An unreadable or unwritable payload gives EFAULT.</summary>
    ABI_17,

    /// <summary>A cdev fd refuses everything before it is bound.</summary>
    ABI_18,

    /// <summary>The envelope words are never written back.</summary>
    ABI_19,

    /// <summary>GET_PRECOPY_INFO belongs to the data fd, not to the device fd.</summary>
    ABI_20,

    /// <summary>An unknown ioctl on a saving data fd gives ENOTTY.</summary>
    ABI_21,

    /// <summary>GET_PRECOPY_INFO checks readability, then argsz, then the state.</summary>
    ABI_22,

    /// <summary>32-bit callers see identical layouts.</summary>
    ABI_23,

    /// <summary>Garbage in output and reserved words is ignored on input.</summary>
    ABI_24,

    /// <summary>Success is exactly 0, failure is -1 with errno.</summary>
    ABI_25,

    /// <summary>The first fault in the order of checks decides the errno.</summary>
    ABI_26,

    // MIG-FEAT: feature discovery

    /// <summary>The migration flags contain STOP_COPY.</summary>
    MIG_FEAT_01,

    /// <summary>The migration flags are 1, 3, 5 or 7.</summary>
    MIG_FEAT_02,

    /// <summary>The migration flags never change.</summary>
    MIG_FEAT_03,

    /// <summary>The query changes nothing.</summary>
    MIG_FEAT_04,

    /// <summary>The mandatory states exist; the first open is in RUNNING.</summary>
    MIG_FEAT_05,

    /// <summary>Feature 1 implies feature 2, and feature 9 from level 6.2.</summary>
    MIG_FEAT_06,

    /// <summary>Advertised states are usable, others are not.</summary>
    MIG_FEAT_07,

    /// <summary>PRE_COPY implies GET_PRECOPY_INFO.</summary>
    MIG_FEAT_08,

    /// <summary>Feature 12 goes with the PRE_COPY bit.</summary>
    MIG_FEAT_09,

    /// <summary>DMA logging is independent of the migration flags.</summary>
    MIG_FEAT_10,

    /// <summary>A query with a zero flags word is not a query.</summary>
    MIG_FEAT_11,

    // MIG-FSM: the migration state machine

    /// <summary>GET returns the current state and no fd.</summary>
    MIG_FSM_01,

    /// <summary>The reported state is one that the feature set has, or ERROR.</summary>
    MIG_FSM_02,

    /// <summary>SET to the current state does nothing.</summary>
    MIG_FSM_03,

    /// <summary>A successful SET ends in the requested state.</summary>
    MIG_FSM_04,

    /// <summary>No state change without a SET or a reset.</summary>
    MIG_FSM_05,

    /// <summary>Every direct arc works.</summary>
    MIG_FSM_06,

    /// <summary>Every combination transition equals its arcs one by one.</summary>
    MIG_FSM_07,

    /// <summary>The driver is taken through exactly the contracted path.</summary>
    MIG_FSM_08,

    /// <summary>SC>PC and SC>PP are refused without effect.</summary>
    MIG_FSM_09,

    /// <summary>ERROR is not a legal target.</summary>
    MIG_FSM_10,

    /// <summary>Targets of 8 and above give EINVAL.</summary>
    MIG_FSM_11,

    /// <summary>Unsupported optional targets give EINVAL without effect.</summary>
    MIG_FSM_12,

    /// <summary>After a failure the state is on the path, or ERROR.</summary>
    MIG_FSM_13,

    /// <summary>A failed SET returns an errno and data_fd -1.</summary>
    MIG_FSM_14,

    /// <summary>After a failure outside ERROR other states can be requested.</summary>
    MIG_FSM_15,

    /// <summary>After any failure a reset brings RUNNING.</summary>
    MIG_FSM_16,

    /// <summary>Concurrent requests serialise.</summary>
    MIG_FSM_17,

    /// <summary>Intermediate states are not observable.</summary>
    MIG_FSM_18,

    /// <summary>Arcs can be walked any number of times.</summary>
    MIG_FSM_19,

    /// <summary>Re-opening gives RUNNING and no session.</summary>
    MIG_FSM_20,

    /// <summary>GET works in every state.</summary>
    MIG_FSM_21,

    /// <summary>Nothing but SET and reset moves the state machine.</summary>
    MIG_FSM_22,

    /// <summary>Optional arcs disappear with their feature.</summary>
    MIG_FSM_23,

    /// <summary>Data-fd I/O and requests do not deadlock.</summary>
    MIG_FSM_24,

    /// <summary>A SET may be interrupted by a signal.</summary>
    MIG_FSM_25,

    /// <summary>SET echoes the requested state, never the reached one.</summary>
    MIG_FSM_26,

    /// <summary>A refusal returns in bounded time.</summary>
    MIG_FSM_27,

    // MIG-FD: data fd and session

    /// <summary>RU>PC, RP>PP, ST>SC and ST>RS return a data_fd.</summary>
    MIG_FD_01,

    /// <summary>No other request returns a data_fd.</summary>
    MIG_FD_02,

    /// <summary>PC>RS and SC>RS replace the saving session by a resuming one.</summary>
    MIG_FD_03,

    /// <summary>One session spans the whole saving group.</summary>
    MIG_FD_04,

    /// <summary>A saving fd only reads, a resuming fd only writes.</summary>
    MIG_FD_05,

    /// <summary>The fd is a stream without positions.</summary>
    MIG_FD_06,

    /// <summary>The fd has FD_CLOEXEC.</summary>
    MIG_FD_07,

    /// <summary>Read sizes do not change the byte sequence.</summary>
    MIG_FD_08,

    /// <summary>Write sizes do not change the outcome.</summary>
    MIG_FD_09,

    /// <summary>The stream delivered unchanged restores the state.</summary>
    MIG_FD_10,

    /// <summary>The end of the stream in SC is 0, and stays 0.</summary>
    MIG_FD_11,

    /// <summary>ENOMSG never appears in SC.</summary>
    MIG_FD_12,

    /// <summary>At the permanent end poll reports readable.</summary>
    MIG_FD_13,

    /// <summary>Leaving the saving group or RS ends the session.</summary>
    MIG_FD_14,

    /// <summary>A reset ends the session.</summary>
    MIG_FD_15,

    /// <summary>Closing the device ends the session.</summary>
    MIG_FD_16,

    /// <summary>Closing the data fd early does not move the state machine.</summary>
    MIG_FD_17,

    /// <summary>There is one session at a time; a dead fd stays dead.</summary>
    MIG_FD_18,

    /// <summary>The SC stream is finite.</summary>
    MIG_FD_19,

    /// <summary>One fd's output is enough to restore the device.</summary>
    MIG_FD_20,

    /// <summary>Zero-byte I/O returns 0 and has no effect.</summary>
    MIG_FD_21,

    /// <summary>A bad user buffer gives EFAULT and loses nothing.</summary>
    MIG_FD_22,

    /// <summary>A SET that cannot hand out its fd fails without a leak.</summary>
    MIG_FD_23,

    /// <summary>Data fds define only their direction's calls.</summary>
    MIG_FD_24,

    /// <summary>poll reports readable when something can be read.</summary>
    MIG_FD_25,

    /// <summary>Non-blocking reads may give EAGAIN in SC.</summary>
    MIG_FD_26,

    /// <summary>Saving is repeatable.</summary>
    MIG_FD_27,

    /// <summary>Saving is not destructive.</summary>
    MIG_FD_28,

    /// <summary>Duplicates of the fd share position and fate.</summary>
    MIG_FD_29,

    /// <summary>After a short write the stream goes on at the accepted count.</summary>
    MIG_FD_30,

    /// <summary>The user closes every data fd it was given.</summary>
    MIG_FD_31,

    /// <summary>Close means the last reference to the device.</summary>
    MIG_FD_32,

    /// <summary>Concurrent I/O on one data fd stays inside the limits.</summary>
    MIG_FD_33,

    // MIG-PRE: pre-copy

    /// <summary>GET_PRECOPY_INFO succeeds in PC and PP.</summary>
    MIG_PRE_01,

    /// <summary>GET_PRECOPY_INFO fails in every other state.</summary>
    MIG_PRE_02,

    /// <summary>initial_bytes is non-zero at the start of a session.</summary>
    MIG_PRE_03,

    /// <summary>initial_bytes never grows.</summary>
    MIG_PRE_04,

    /// <summary>dirty_bytes starts at 0.</summary>
    MIG_PRE_05,

    /// <summary>With both counters 0 a read gives ENOMSG.</summary>
    MIG_PRE_06,

    /// <summary>ENOMSG is not sticky.</summary>
    MIG_PRE_07,

    /// <summary>Non-zero counters mean that a read returns data.</summary>
    MIG_PRE_08,

    /// <summary>The device stays fully operational in PC.</summary>
    MIG_PRE_09,

    /// <summary>Reading in PC is optional.</summary>
    MIG_PRE_10,

    /// <summary>PC may be left before initial_bytes reaches 0.</summary>
    MIG_PRE_11,

    /// <summary>Unread data stays at the head of the stream.</summary>
    MIG_PRE_12,

    /// <summary>State changed after it was streamed is corrected later.</summary>
    MIG_PRE_13,

    /// <summary>The counters need not relate to the size of SC.</summary>
    MIG_PRE_14,

    /// <summary>PC>RU and PP>RP cancel the session.</summary>
    MIG_PRE_15,

    /// <summary>PC>PP and PP>PC keep the session.</summary>
    MIG_PRE_16,

    /// <summary>PP streams as PC and is quiescent as RP.</summary>
    MIG_PRE_17,

    /// <summary>The info call consumes no stream bytes.</summary>
    MIG_PRE_18,

    /// <summary>At least the announced initial_bytes are delivered.</summary>
    MIG_PRE_19,

    /// <summary>poll can wait for more pre-copy data.</summary>
    MIG_PRE_20,

    /// <summary>Without PRE_COPY the info call on the SC fd fails.</summary>
    MIG_PRE_21,

    /// <summary>Pre-copy needs and starts no dirty tracking.</summary>
    MIG_PRE_22,

    /// <summary>Pre-copy of an idle device settles.</summary>
    MIG_PRE_23,

    /// <summary>ST>PC and RS>PC start the device before pre-copy.</summary>
    MIG_PRE_24,

    /// <summary>The counters are pure output.</summary>
    MIG_PRE_25,

    // PINFO2: pre-copy info v2 and REINIT

    /// <summary>Opting in succeeds in any state, without payload.</summary>
    PINFO2_01,

    /// <summary>GET is refused; PROBE does not opt in.</summary>
    PINFO2_02,

    /// <summary>Without PRE_COPY opting in gives EINVAL.</summary>
    PINFO2_03,

    /// <summary>After opt-in the info flags are pure output.</summary>
    PINFO2_04,

    /// <summary>Only the REINIT bit is defined.</summary>
    PINFO2_05,

    /// <summary>Without opt-in REINIT is never reported.</summary>
    PINFO2_06,

    /// <summary>Opt-in lasts from SET to the last close.</summary>
    PINFO2_07,

    /// <summary>Opt-in affects sessions that are already open.</summary>
    PINFO2_08,

    /// <summary>With REINIT dirty_bytes is 0.</summary>
    PINFO2_09,

    /// <summary>After REINIT initial_bytes falls to 0 again.</summary>
    PINFO2_10,

    /// <summary>Without REINIT initial_bytes never rises.</summary>
    PINFO2_11,

    /// <summary>REINIT drops nothing that was queued.</summary>
    PINFO2_12,

    /// <summary>A reader that ignores REINIT gets a complete stream.</summary>
    PINFO2_13,

    /// <summary>REINIT is not reported for ever.</summary>
    PINFO2_14,

    // MIG-STOP: stop and quiesce semantics

    /// <summary>No DMA while stopped.</summary>
    MIG_STOP_01,

    /// <summary>No interrupt while stopped.</summary>
    MIG_STOP_02,

    /// <summary>No internal change while stopped.</summary>
    MIG_STOP_03,

    /// <summary>No other visible change while stopped.</summary>
    MIG_STOP_04,

    /// <summary>Config space and MSI-X still answer while stopped.</summary>
    MIG_STOP_05,

    /// <summary>User access in ST does not harm others.</summary>
    MIG_STOP_06,

    /// <summary>SC and RS are stopped states.</summary>
    MIG_STOP_07,

    /// <summary>Work in flight survives the stop.</summary>
    MIG_STOP_08,

    /// <summary>Work submitted while stopped never executes while stopped.</summary>
    MIG_STOP_09,

    /// <summary>The user keeps away from a stopped device.</summary>
    MIG_STOP_10,

    /// <summary>Interrupt configuration done in ST is in force after RU.</summary>
    MIG_STOP_11,

    /// <summary>Pending interrupts are delivered after resume or load.</summary>
    MIG_STOP_12,

    /// <summary>Stopping is bounded in time.</summary>
    MIG_STOP_13,

    /// <summary>A stop that fails is reported.</summary>
    MIG_STOP_14,

    /// <summary>ST>RU restarts full operation.</summary>
    MIG_STOP_15,

    /// <summary>Mappings changed while stopped are used after RU.</summary>
    MIG_STOP_16,

    /// <summary>In RU the device is fully operational, however it got there.</summary>
    MIG_STOP_17,

    // MIG-P2P: peer-to-peer quiescence

    /// <summary>No new peer-to-peer DMA in RP and PP.</summary>
    MIG_P2P_01,

    /// <summary>A device that cannot tell P2P stops all DMA.</summary>
    MIG_P2P_02,

    /// <summary>Outstanding P2P operations are complete on entry.</summary>
    MIG_P2P_03,

    /// <summary>Inbound accesses of peers are taken without loss.</summary>
    MIG_P2P_04,

    /// <summary>Without P2P support RP and PP are no targets.</summary>
    MIG_P2P_05,

    /// <summary>RP may be implemented as a full stop.</summary>
    MIG_P2P_06,

    /// <summary>RP>RU resumes P2P.</summary>
    MIG_P2P_07,

    /// <summary>The user moves all devices to RP first.</summary>
    MIG_P2P_08,

    /// <summary>No device receives DMA while in ST.</summary>
    MIG_P2P_09,

    /// <summary>The user keeps away from a device in RP and PP.</summary>
    MIG_P2P_10,

    /// <summary>RU>ST works without naming RP.</summary>
    MIG_P2P_11,

    /// <summary>On F5, PC>SC stops the device.</summary>
    MIG_P2P_12,

    /// <summary>Without P2P, RP reads as RU and PP as PC.</summary>
    MIG_P2P_13,

    // MIG-RES: resuming

    /// <summary>ST>RS opens a write session.</summary>
    MIG_RES_01,

    /// <summary>Entering RS may reset internal state.</summary>
    MIG_RES_02,

    /// <summary>A complete valid stream restores the device.</summary>
    MIG_RES_03,

    /// <summary>A truncated stream fails.</summary>
    MIG_RES_04,

    /// <summary>An inconsistent stream fails.</summary>
    MIG_RES_05,

    /// <summary>A stream of an incompatible device fails.</summary>
    MIG_RES_06,

    /// <summary>A failed load stays in RS or goes to ERROR.</summary>
    MIG_RES_07,

    /// <summary>RESET in RS drops the half-loaded data.</summary>
    MIG_RES_08,

    /// <summary>Bytes beyond a complete stream fail.</summary>
    MIG_RES_09,

    /// <summary>RS>ST without any data fails.</summary>
    MIG_RES_10,

    /// <summary>Combinations out of RS validate as RS>ST does.</summary>
    MIG_RES_11,

    /// <summary>A failed validation keeps the device out of RUNNING.</summary>
    MIG_RES_12,

    /// <summary>A content error is not forgotten.</summary>
    MIG_RES_13,

    /// <summary>Each session is validated from scratch.</summary>
    MIG_RES_14,

    /// <summary>A write after leaving RS fails.</summary>
    MIG_RES_15,

    /// <summary>Arbitrary bytes do no harm.</summary>
    MIG_RES_16,

    /// <summary>Absurd length fields are rejected without allocation.</summary>
    MIG_RES_17,

    /// <summary>Mixed streams of two sessions fail.</summary>
    MIG_RES_18,

    /// <summary>Format versions and unknown records are told apart.</summary>
    MIG_RES_19,

    /// <summary>RS>SC right after a load yields an equivalent stream.</summary>
    MIG_RES_20,

    /// <summary>Loading the same stream twice gives the same result.</summary>
    MIG_RES_21,

    /// <summary>A device can load its own stream.</summary>
    MIG_RES_22,

    /// <summary>Loading has no outside effect before RU.</summary>
    MIG_RES_23,

    /// <summary>A pre-copy stream loads as one stream.</summary>
    MIG_RES_24,

    /// <summary>The stream of a cancelled session does not load.</summary>
    MIG_RES_25,

    /// <summary>RS may be re-entered; new data replaces the old.</summary>
    MIG_RES_26,

    /// <summary>A refused write leaves the session as it was.</summary>
    MIG_RES_27,

    /// <summary>Loaded indices and sizes are range-checked.</summary>
    MIG_RES_28,

    // MIG-ERR: error and reset

    /// <summary>ERROR is not left by SET.</summary>
    MIG_ERR_01,

    /// <summary>ERROR is entered only by a failing SET.</summary>
    MIG_ERR_02,

    /// <summary>RESET returns to RUNNING from any state.</summary>
    MIG_ERR_03,

    /// <summary>RESET ends all sessions.</summary>
    MIG_ERR_04,

    /// <summary>The migration part of a reset may be deferred.</summary>
    MIG_ERR_05,

    /// <summary>A SET overtaken by a reset leaves no mixed state.</summary>
    MIG_ERR_06,

    /// <summary>After a reset the device is usable.</summary>
    MIG_ERR_07,

    /// <summary>RESET is idempotent and legal in RUNNING.</summary>
    MIG_ERR_08,

    /// <summary>Other reset routes give RUNNING too.</summary>
    MIG_ERR_09,

    /// <summary>ERROR is the last resort of a failing arc.</summary>
    MIG_ERR_10,

    /// <summary>Invalid requests never change the state.</summary>
    MIG_ERR_11,

    /// <summary>The errno of a failed SET is meaningful.</summary>
    MIG_ERR_12,

    /// <summary>Session fds in ERROR deliver nothing credible.</summary>
    MIG_ERR_13,

    /// <summary>A save failure is an errno, not an end of stream.</summary>
    MIG_ERR_14,

    /// <summary>SET ERROR in ERROR may succeed or fail.</summary>
    MIG_ERR_15,

    /// <summary>RESET may be refused.</summary>
    MIG_ERR_16,

    /// <summary>Opt-in and mappings survive a reset.</summary>
    MIG_ERR_17,

    /// <summary>DMA logging and registers may or may not survive a reset.</summary>
    MIG_ERR_18,

    /// <summary>Close in any state and re-open is safe.</summary>
    MIG_ERR_19,

    // SIZE: migration data size

    /// <summary>The query works in every state.</summary>
    SIZE_01,

    /// <summary>The query is mandatory with migration support.</summary>
    SIZE_02,

    /// <summary>The answer is an estimate.</summary>
    SIZE_03,

    /// <summary>The answer is below 2^63 and non-zero.</summary>
    SIZE_04,

    /// <summary>The query has no side effect.</summary>
    SIZE_05,

    /// <summary>Repeated queries of a stopped device are stable.</summary>
    SIZE_06,

    /// <summary>The stream fits the estimate and the declared slack.</summary>
    SIZE_07,

    /// <summary>SET is refused; PROBE works as everywhere.</summary>
    SIZE_08,

    /// <summary>A query racing with SET or RESET is safe.</summary>
    SIZE_09,

    // DLOG: device DMA logging

    /// <summary>All three logging features or none.</summary>
    DLOG_01,

    /// <summary>START returns the page size that it selected.</summary>
    DLOG_02,

    /// <summary>An unsupportable hint leads to another choice.</summary>
    DLOG_03,

    /// <summary>Up to page/16 ranges are accepted.</summary>
    DLOG_04,

    /// <summary>No range gives EINVAL.</summary>
    DLOG_05,

    /// <summary>Too many ranges give E2BIG.</summary>
    DLOG_06,

    /// <summary>Ranges that are not aligned to the hint give EINVAL.</summary>
    DLOG_07,

    /// <summary>Overlapping ranges give EINVAL.</summary>
    DLOG_08,

    /// <summary>A range that overflows gives EOVERFLOW.</summary>
    DLOG_09,

    /// <summary>An unreadable ranges array gives EFAULT.</summary>
    DLOG_10,

    /// <summary>START while active fails.</summary>
    DLOG_11,

    /// <summary>STOP ends tracking.</summary>
    DLOG_12,

    /// <summary>STOP while inactive is harmless.</summary>
    DLOG_13,

    /// <summary>REPORT while inactive fails.</summary>
    DLOG_14,

    /// <summary>A bad REPORT page size gives EINVAL.</summary>
    DLOG_15,

    /// <summary>A REPORT range that overflows gives EOVERFLOW.</summary>
    DLOG_16,

    /// <summary>REPORT only sets bits.</summary>
    DLOG_17,

    /// <summary>REPORT clears what it reported.</summary>
    DLOG_18,

    /// <summary>Every page written by DMA is reported.</summary>
    DLOG_19,

    /// <summary>Over-reporting is allowed.</summary>
    DLOG_20,

    /// <summary>No bit outside the request is touched.</summary>
    DLOG_21,

    /// <summary>Only writes are logged.</summary>
    DLOG_22,

    /// <summary>Bits are scaled between the two page sizes.</summary>
    DLOG_23,

    /// <summary>Any power-of-two REPORT page size from 4096 is legal.</summary>
    DLOG_24,

    /// <summary>Logging and the state machine are independent.</summary>
    DLOG_25,

    /// <summary>Logging calls do not move the state machine.</summary>
    DLOG_26,

    /// <summary>The last writes before a stop are reportable after it.</summary>
    DLOG_27,

    /// <summary>STOP then START begins with an empty log.</summary>
    DLOG_28,

    /// <summary>A report of a sub-range leaves the rest intact.</summary>
    DLOG_29,

    /// <summary>DMA concurrent with REPORT is never lost.</summary>
    DLOG_30,

    /// <summary>A START whose copy-out fails is off again.</summary>
    DLOG_31,

    /// <summary>The last close ends logging.</summary>
    DLOG_32,

    /// <summary>REPORT does not succeed with an incomplete bitmap.</summary>
    DLOG_33,

    /// <summary>REPORT outside the ranges: an errno or no bits.</summary>
    DLOG_34,

    /// <summary>An invalid bitmap pointer is not reliably reported.</summary>
    DLOG_35,

    /// <summary>Zero lengths are undefined.</summary>
    DLOG_36,

    /// <summary>The reserved word of START is ignored.</summary>
    DLOG_37,

    /// <summary>Ranges need not be mapped at START.</summary>
    DLOG_38,

    /// <summary>The log is in IOVA space.</summary>
    DLOG_39,

    /// <summary>One START, one STOP; START again after a reset.</summary>
    DLOG_40,

    /// <summary>A kernel without the bitmap helper cannot REPORT.</summary>
    DLOG_41,

    /// <summary>START and REPORT check in a fixed order.</summary>
    DLOG_42,

    /// <summary>A failed START leaves nothing behind.</summary>
    DLOG_43,

    /// <summary>A failed START and every REPORT leave the payload alone.</summary>
    DLOG_44,

    // SEED: points of the hisi_acc driver thread

    /// <summary>A feature query sets argsz and flags.</summary>
    SEED_01,

    /// <summary>A driver states exactly what it implements.</summary>
    SEED_02,

    /// <summary>PRE_COPY has nothing to do with IOMMU dirty tracking.</summary>
    SEED_03,

    /// <summary>A device without P2P DMA needs no P2P states.</summary>
    SEED_04,

    /// <summary>Keeping MMIO away in ST may be the user's duty.</summary>
    SEED_05,

    /// <summary>RP still accepts inbound traffic.</summary>
    SEED_06,

    /// <summary>All advertised arcs are implemented.</summary>
    SEED_07,

    // HANDOVER: nested-stage hand-over

    /// <summary>Dirty pages are asked for by GPA.</summary>
    HANDOVER_01,

    /// <summary>A device-side log speaks the address that the device emits.</summary>
    HANDOVER_02,

    /// <summary>Mapping replay is not used in nested mode.</summary>
    HANDOVER_03,

    /// <summary>All RAM is mapped in stage 2 while tracking.</summary>
    HANDOVER_04,

    /// <summary>The stage-1 configuration is vIOMMU state.</summary>
    HANDOVER_05,

    /// <summary>The stage-1 configuration is pushed after the load.</summary>
    HANDOVER_06,

    /// <summary>The order of steps on the destination.</summary>
    HANDOVER_07,

    /// <summary>A failed push fails the migration.</summary>
    HANDOVER_08,

    /// <summary>Bypass and abort are restored as such.</summary>
    HANDOVER_09,

    /// <summary>Caches are invalid before the first DMA.</summary>
    HANDOVER_10,

    /// <summary>The final dirty sync comes after the stop.</summary>
    HANDOVER_11,

    /// <summary>A cancelled migration leaves the source as before.</summary>
    HANDOVER_12,

    /// <summary>The Linux SMMUv3 cannot track dirty pages in a nest parent.</summary>
    HANDOVER_13,

    /// <summary>The modern equivalents in iommufd.</summary>
    HANDOVER_14,

    // SMMU-REG: registers

    /// <summary>CR0ACK follows CR0 on implemented bits.</summary>
    SMMU_REG_01,

    /// <summary>Identification registers are read-only and constant.</summary>
    SMMU_REG_02,

    /// <summary>GBPA takes a write only with UPDATE.</summary>
    SMMU_REG_03,

    /// <summary>GBPA.ABORT decides what a disabled SMMU does.</summary>
    SMMU_REG_04,

    /// <summary>Guarded registers written while enabled do no harm.</summary>
    SMMU_REG_05,

    /// <summary>CMDQ_CONS and EVENTQ_PROD can be written while the queue is disabled.</summary>
    SMMU_REG_06,

    /// <summary>64-bit registers take two halves or one access.</summary>
    SMMU_REG_07,

    /// <summary>The stream table format can be switched.</summary>
    SMMU_REG_08,

    /// <summary>LOG2SIZE above the limit behaves as the limit.</summary>
    SMMU_REG_09,

    /// <summary>Reset values, and empty caches after reset.</summary>
    SMMU_REG_10,

    /// <summary>The queue registers of page 1 are at 0x10000.</summary>
    SMMU_REG_11,

    /// <summary>Bypass with SMMUEN=0 ends at the output address size, without a record.</summary>
    SMMU_REG_12,

    /// <summary>Bits of unimplemented features never show in an ACK register.</summary>
    SMMU_REG_13,

    /// <summary>Guarded means that CR0 and CR0ACK are both 0.</summary>
    SMMU_REG_14,

    /// <summary>Queue base alignment and the width of the queue indexes.</summary>
    SMMU_REG_15,

    // SMMU-STE: stream table and its entries

    /// <summary>A StreamID beyond the table aborts; recorded by RECINVSID.</summary>
    SMMU_STE_01,

    /// <summary>Alignment of a linear stream table.</summary>
    SMMU_STE_02,

    /// <summary>Alignment of a level-1 stream table.</summary>
    SMMU_STE_03,

    /// <summary>Span n covers 2^(n-1) entries.</summary>
    SMMU_STE_04,

    /// <summary>Reserved and oversized Span values.</summary>
    SMMU_STE_05,

    /// <summary>Alignment and width of L2Ptr.</summary>
    SMMU_STE_06,

    /// <summary>External abort of an STE or level-1 fetch.</summary>
    SMMU_STE_07,

    /// <summary>V=0 is an invalid STE.</summary>
    SMMU_STE_08,

    /// <summary>Config abort is silent.</summary>
    SMMU_STE_09,

    /// <summary>Config bypass, and its address size.</summary>
    SMMU_STE_10,

    /// <summary>Enabling an unimplemented stage is illegal.</summary>
    SMMU_STE_11,

    /// <summary>Fields of a disabled stage never make an STE illegal.</summary>
    SMMU_STE_12,

    /// <summary>S1CDMax and S1Fmt by SSIDSIZE and CD2L.</summary>
    SMMU_STE_13,

    /// <summary>S1STALLD by the stall model.</summary>
    SMMU_STE_14,

    /// <summary>The four values of S1DSS.</summary>
    SMMU_STE_15,

    /// <summary>Legal combinations of S2T0SZ, S2SL0 and S2TG; range of S2TTB.</summary>
    SMMU_STE_16,

    /// <summary>S2AA64=0 without AArch32 tables.</summary>
    SMMU_STE_17,

    /// <summary>S2S by the stall model, S2HA and S2HD by HTTU.</summary>
    SMMU_STE_18,

    /// <summary>Legal values of EATS.</summary>
    SMMU_STE_19,

    /// <summary>Where STRW counts.</summary>
    SMMU_STE_20,

    /// <summary>8-bit VMIDs.</summary>
    SMMU_STE_21,

    /// <summary>S1ContextPtr beyond the address size.</summary>
    SMMU_STE_22,

    /// <summary>Reserved values of FMT and SPLIT.</summary>
    SMMU_STE_23,

    /// <summary>SPLIT that is not below LOG2SIZE.</summary>
    SMMU_STE_24,

    // SMMU-CD: context descriptors

    /// <summary>Each illegal field of a CD.</summary>
    SMMU_CD_01,

    /// <summary>Fields of a half with EPD=1 are not checked.</summary>
    SMMU_CD_02,

    /// <summary>IPS above the output address size is capped.</summary>
    SMMU_CD_03,

    /// <summary>TTB beyond the intermediate address size.</summary>
    SMMU_CD_04,

    /// <summary>External abort of a CD fetch.</summary>
    SMMU_CD_05,

    /// <summary>SubstreamIDs that a stream cannot take.</summary>
    SMMU_CD_06,

    /// <summary>Two-level CD tables.</summary>
    SMMU_CD_07,

    /// <summary>R=0 suppresses four records only.</summary>
    SMMU_CD_08,

    /// <summary>ASIDs of 8 and 16 bits.</summary>
    SMMU_CD_09,

    /// <summary>Alignment of TTB.</summary>
    SMMU_CD_10,

    /// <summary>Where ENDI counts.</summary>
    SMMU_CD_11,

    /// <summary>Legal values of T0SZ and T1SZ.</summary>
    SMMU_CD_12,

    /// <summary>A, R and S act on translation faults only.</summary>
    SMMU_CD_13,

    // SMMU-WALK: translation table walks

    /// <summary>The address of every translation.</summary>
    SMMU_WALK_01,

    /// <summary>Reserved and invalid descriptors.</summary>
    SMMU_WALK_02,

    /// <summary>Selection of the table by the input address.</summary>
    SMMU_WALK_03,

    /// <summary>TBI0 and TBI1 are independent.</summary>
    SMMU_WALK_04,

    /// <summary>EPD faults without a table read.</summary>
    SMMU_WALK_05,

    /// <summary>Leaf output beyond the address size.</summary>
    SMMU_WALK_06,

    /// <summary>Table pointer beyond the address size.</summary>
    SMMU_WALK_07,

    /// <summary>AF, AFFD and their place before permissions.</summary>
    SMMU_WALK_08,

    /// <summary>Read-only pages.</summary>
    SMMU_WALK_09,

    /// <summary>APTable holds on TLB hits.</summary>
    SMMU_WALK_10,

    /// <summary>APTable never pre-empts a deeper fault.</summary>
    SMMU_WALK_11,

    /// <summary>HAD disables hierarchical permissions of its half.</summary>
    SMMU_WALK_12,

    /// <summary>Privilege, instruction, PAN, WXN, UXN and PXN.</summary>
    SMMU_WALK_13,

    /// <summary>External abort of a descriptor fetch.</summary>
    SMMU_WALK_14,

    /// <summary>Concatenated stage-2 tables.</summary>
    SMMU_WALK_15,

    /// <summary>Write-only pages at stage 2.</summary>
    SMMU_WALK_16,

    /// <summary>Execute-never at stage 2.</summary>
    SMMU_WALK_17,

    /// <summary>Input beyond the intermediate address size without stage 1.</summary>
    SMMU_WALK_18,

    /// <summary>Endianness of translation tables.</summary>
    SMMU_WALK_19,

    /// <summary>The contiguous bit changes no address.</summary>
    SMMU_WALK_20,

    /// <summary>Structures are little-endian on any host.</summary>
    SMMU_WALK_21,

    /// <summary>52-bit output addresses with 64KB granule.</summary>
    SMMU_WALK_22,

    /// <summary>Order of the checks at one descriptor.</summary>
    SMMU_WALK_23,

    /// <summary>E0PD.</summary>
    SMMU_WALK_24,

    /// <summary>S2PTW.</summary>
    SMMU_WALK_25,

    /// <summary>Stage-2 start levels that the output address size rules out.</summary>
    SMMU_WALK_26,

    /// <summary>Descriptor types by level, low bits of a table pointer.</summary>
    SMMU_WALK_27,

    // SMMU-EVT: events and the event queue

    /// <summary>Record layouts are bit-exact.</summary>
    SMMU_EVT_01,

    /// <summary>RnW, PnU and InD describe the transaction.</summary>
    SMMU_EVT_02,

    /// <summary>InputAddr is the unmodified address.</summary>
    SMMU_EVT_03,

    /// <summary>One record per faulting transaction.</summary>
    SMMU_EVT_04,

    /// <summary>Overflow of the event queue.</summary>
    SMMU_EVT_05,

    /// <summary>External abort of an event write.</summary>
    SMMU_EVT_06,

    /// <summary>A disabled event queue.</summary>
    SMMU_EVT_07,

    /// <summary>Wrap of the event queue.</summary>
    SMMU_EVT_08,

    /// <summary>The event queue interrupt.</summary>
    SMMU_EVT_09,

    /// <summary>IPA of stage-2 records.</summary>
    SMMU_EVT_10,

    /// <summary>Stalls, STAG, RESUME and STALL_TERM.</summary>
    SMMU_EVT_11,

    /// <summary>Which of several faults is reported.</summary>
    SMMU_EVT_12,

    /// <summary>Nothing is recorded while EVENTQ_ABT_ERR is active.</summary>
    SMMU_EVT_13,

    /// <summary>An unacknowledged overflow does not stop recording.</summary>
    SMMU_EVT_14,

    /// <summary>Prefetch commands record nothing.</summary>
    SMMU_EVT_15,

    /// <summary>S2, CLASS and IPA by the reason of the walk.</summary>
    SMMU_EVT_16,

    /// <summary>PnU and InD after the overrides.</summary>
    SMMU_EVT_17,

    /// <summary>Stalled records are delivered later.</summary>
    SMMU_EVT_18,

    /// <summary>Address size faults without stage 1 are always recorded.</summary>
    SMMU_EVT_19,

    // SMMU-CMDQ: the command queue

    /// <summary>An unknown opcode stops the queue.</summary>
    SMMU_CMDQ_01,

    /// <summary>Only the acknowledgement resumes, at the same entry.</summary>
    SMMU_CMDQ_02,

    /// <summary>External abort of a command fetch.</summary>
    SMMU_CMDQ_03,

    /// <summary>SYNC with CS=3.</summary>
    SMMU_CMDQ_04,

    /// <summary>Commands of unimplemented features.</summary>
    SMMU_CMDQ_05,

    /// <summary>SSec on the Non-secure queue.</summary>
    SMMU_CMDQ_06,

    /// <summary>Wrap, and queues of one and two entries.</summary>
    SMMU_CMDQ_07,

    /// <summary>Commands are consumed in order up to PROD.</summary>
    SMMU_CMDQ_08,

    /// <summary>A stale CONS.ERR is no error.</summary>
    SMMU_CMDQ_09,

    /// <summary>CMDQEN keeps CONS.</summary>
    SMMU_CMDQ_10,

    /// <summary>The reserved form of a range invalidation.</summary>
    SMMU_CMDQ_11,

    /// <summary>Moving PROD back while an error is active.</summary>
    SMMU_CMDQ_12,

    /// <summary>Operands out of range are no errors.</summary>
    SMMU_CMDQ_13,

    /// <summary>SYNC makes earlier records visible.</summary>
    SMMU_CMDQ_14,

    /// <summary>ATC_INV and PRI_RESP with SMMUEN=0.</summary>
    SMMU_CMDQ_15,

    /// <summary>Reserved bits of a command.</summary>
    SMMU_CMDQ_16,

    // SMMU-CACHE: caches and invalidation

    /// <summary>CFGI_STE and SYNC make a new STE effective.</summary>
    SMMU_CACHE_01,

    /// <summary>The scope of CFGI_STE_RANGE and CFGI_ALL.</summary>
    SMMU_CACHE_02,

    /// <summary>CFGI_CD, CFGI_CD_ALL and CFGI_STE drop CDs.</summary>
    SMMU_CACHE_03,

    /// <summary>StreamIDs of all functions are dropped.</summary>
    SMMU_CACHE_04,

    /// <summary>TLBI_NH_VA for pages and blocks.</summary>
    SMMU_CACHE_05,

    /// <summary>TLBI_NH_VAA ignores the ASID.</summary>
    SMMU_CACHE_06,

    /// <summary>Range invalidation.</summary>
    SMMU_CACHE_07,

    /// <summary>TTL hints.</summary>
    SMMU_CACHE_08,

    /// <summary>TLBI_NH_ALL and TLBI_NSNH_ALL.</summary>
    SMMU_CACHE_09,

    /// <summary>TLBI_S2_IPA and TLBI_NH_ALL for nested streams.</summary>
    SMMU_CACHE_10,

    /// <summary>TLBI_S12_VMALL.</summary>
    SMMU_CACHE_11,

    /// <summary>No hit across ASIDs or VMIDs.</summary>
    SMMU_CACHE_12,

    /// <summary>Invalid to valid at stage 1 needs no invalidation.</summary>
    SMMU_CACHE_13,

    /// <summary>A stale leaf before the invalidation is legal.</summary>
    SMMU_CACHE_14,

    /// <summary>A revoked permission stays revoked after SYNC.</summary>
    SMMU_CACHE_15,

    /// <summary>Capacity of the TLB never changes an address.</summary>
    SMMU_CACHE_16,

    /// <summary>A stage-1 granule larger than that of stage 2.</summary>
    SMMU_CACHE_17,

    /// <summary>SMMUEN toggling may or may not drop entries.</summary>
    SMMU_CACHE_18,

    /// <summary>In-place rewrite gives old, new or a mix of doublewords.</summary>
    SMMU_CACHE_19,

    /// <summary>Global entries and the ASID operand.</summary>
    SMMU_CACHE_20,

    /// <summary>A failed fetch is not remembered.</summary>
    SMMU_CACHE_21,

    /// <summary>Invalidation with SMMUEN=0 takes full effect.</summary>
    SMMU_CACHE_22,

    /// <summary>TLBI_S2_IPA alone for stage-2-only streams.</summary>
    SMMU_CACHE_23,

    /// <summary>A change of STE.Config needs no TLBI.</summary>
    SMMU_CACHE_24,

    /// <summary>Leaf=0 and Leaf=1 after a table pointer change.</summary>
    SMMU_CACHE_25,

    /// <summary>A leaf with AF=0 is never cached.</summary>
    SMMU_CACHE_26,

    // SMMU-HTTU: hardware update of translation tables

    /// <summary>AF is set on access.</summary>
    SMMU_HTTU_01,

    /// <summary>A write makes a writable-clean leaf dirty.</summary>
    SMMU_HTTU_02,

    /// <summary>What never makes a leaf dirty.</summary>
    SMMU_HTTU_03,

    /// <summary>DBM=0 faults.</summary>
    SMMU_HTTU_04,

    /// <summary>Updates never resurrect a descriptor.</summary>
    SMMU_HTTU_05,

    /// <summary>A nested stage-1 update is a stage-2 write.</summary>
    SMMU_HTTU_06,

    /// <summary>After cleaning and TLBI, writes make dirty again.</summary>
    SMMU_HTTU_07,

    /// <summary>When an update is visible.</summary>
    SMMU_HTTU_08,

    /// <summary>Dirty state of blocks and contiguous runs.</summary>
    SMMU_HTTU_09,

    /// <summary>HTTU is not offered to nested guests.</summary>
    SMMU_HTTU_10,

    /// <summary>HD without HA, HAFT without HA.</summary>
    SMMU_HTTU_11,

    /// <summary>HA makes AFFD irrelevant.</summary>
    SMMU_HTTU_12,

    /// <summary>A CD fetch sets AF at stage 2, never dirty.</summary>
    SMMU_HTTU_13,

    /// <summary>No update with SMMUEN=0.</summary>
    SMMU_HTTU_14,

    // SMMU-NEST: nested translation for assigned devices

    /// <summary>A nested address is that of both stages.</summary>
    SMMU_NEST_01,

    /// <summary>CDs are fetched through stage 2.</summary>
    SMMU_NEST_02,

    /// <summary>Stage-1 descriptors are fetched through stage 2.</summary>
    SMMU_NEST_03,

    /// <summary>The unused half fails nothing.</summary>
    SMMU_NEST_04,

    /// <summary>A stage-1 fault wins over stage 2.</summary>
    SMMU_NEST_05,

    /// <summary>S2R and R each gate their own stage.</summary>
    SMMU_NEST_06,

    /// <summary>The bits that a virtual STE may have.</summary>
    SMMU_NEST_07,

    /// <summary>How the physical STE is composed.</summary>
    SMMU_NEST_08,

    /// <summary>A virtual STE with V=0.</summary>
    SMMU_NEST_09,

    /// <summary>Filter and substitution of guest commands.</summary>
    SMMU_NEST_10,

    /// <summary>entry_num counts completed commands.</summary>
    SMMU_NEST_11,

    /// <summary>Filter and StreamIDs of virtual events.</summary>
    SMMU_NEST_12,

    /// <summary>Errnos of allocation, attach and invalidation.</summary>
    SMMU_NEST_13,

    /// <summary>What of the hardware information may be used.</summary>
    SMMU_NEST_14,

    /// <summary>CFGI_STE of a guest installs the STE again.</summary>
    SMMU_NEST_15,

    /// <summary>GBPA and SMMUEN of a guest.</summary>
    SMMU_NEST_16,

    /// <summary>SYNC of a guest waits for forwarded commands.</summary>
    SMMU_NEST_17,

    /// <summary>The writer of STEs and CDs.</summary>
    SMMU_NEST_18,

    /// <summary>EATS of a virtual STE.</summary>
    SMMU_NEST_19,

    /// <summary>Illegal guest commands never reach the host.</summary>
    SMMU_NEST_20,

    /// <summary>A refused virtual STE ends as abort.</summary>
    SMMU_NEST_21,

    /// <summary>Masters with several StreamIDs.</summary>
    SMMU_NEST_22,

    // DIRTY: dirty tracking of the IOMMU

    /// <summary>No written page is lost.</summary>
    DIRTY_01,

    /// <summary>NO_CLEAR clears nothing.</summary>
    DIRTY_02,

    /// <summary>A second query without writes is empty.</summary>
    DIRTY_03,

    /// <summary>Bit index and order of the bitmap.</summary>
    DIRTY_04,

    /// <summary>A page size other than that of the mapping.</summary>
    DIRTY_05,

    /// <summary>Buffers and windows of any alignment.</summary>
    DIRTY_06,

    /// <summary>Errnos of the dirty-tracking calls.</summary>
    DIRTY_07,

    /// <summary>Enabling sets a clean baseline.</summary>
    DIRTY_08,

    /// <summary>Query before unmap.</summary>
    DIRTY_09,

    /// <summary>A range with a hole.</summary>
    DIRTY_10,

    /// <summary>A query that cuts a block.</summary>
    DIRTY_11,

    /// <summary>A nest parent refuses dirty tracking.</summary>
    DIRTY_12,

    /// <summary>type1 with groups that do not report.</summary>
    DIRTY_13,

    /// <summary>Arguments of type1.</summary>
    DIRTY_14,

    /// <summary>Nested synchronisation asks by guest physical address.</summary>
    DIRTY_15,

    /// <summary>Emulated writes make guest memory dirty.</summary>
    DIRTY_16,

    /// <summary>The final synchronisation comes after the DMA stop.</summary>
    DIRTY_17,

    /// <summary>When the dirty-tracking capability is reported.</summary>
    DIRTY_18,

    /// <summary>A failing call changes nothing.</summary>
    DIRTY_19,

    // VMS: state of an emulated SMMU in the migration stream

    /// <summary>Fields, order, sizes and version of the section.</summary>
    VMS_01,

    /// <summary>Save, load, save gives the same bytes.</summary>
    VMS_02,

    /// <summary>Invariants after a load in mid-state.</summary>
    VMS_03,

    /// <summary>The GBPA subsection.</summary>
    VMS_04,

    /// <summary>Caches are not migrated.</summary>
    VMS_05,

    /// <summary>A mismatch of properties fails cleanly.</summary>
    VMS_06,

    /// <summary>A corrupted stream does no harm.</summary>
    VMS_07,

    /// <summary>The load installs stage-1 configurations again.</summary>
    VMS_08,

    /// <summary>No command runs twice or not at all.</summary>
    VMS_09,

    /// <summary>StreamIDs of assigned devices stay.</summary>
    VMS_10,

    /// <summary>A failed migration leaves the source as it was.</summary>
    VMS_11,
}
