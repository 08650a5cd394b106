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
}
