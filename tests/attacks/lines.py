"""Every line of the list of attacks that the system must survive, in our own words, and the test that stands for it.

``test_attacks_lines.py`` holds that each named test exists and is collected. ``why`` is given where a line is not done,
or not done as it says. Attacks that are not on the list: ``test_attacks_more.py`` and at the end.
"""

from dataclasses import dataclass

ENVELOPE = "security/test_security_envelope.py"
SEALING = "security/test_security_sealing.py"
FRAMES = "security/test_security_frames.py"
TRUST = "security/test_security_trust.py"
CARDS = "security/test_security_cards.py"
CERTIFICATES = "security/test_security_certificates.py"
AUTHORITY = "security/test_security_authority.py"
KEYFILES = "security/test_security_keyfiles.py"
VECTORS = "security/test_security_vectors.py"
HUB = "hub/test_hub_core.py"
SERVICE = "hub/test_hub_service.py"
STATE = "hub/test_hub_state.py"
READER = "node/test_node_reception.py"
SHELL = "node/test_node_shell.py"
LINE = "node/test_node_line.py"
WITNESS = "node/test_node_witness.py"
WRITER = "node/test_node_writer.py"
ROUGH = "network/test_network_faults.py"
BROKERS = "conformance/test_every_transport.py"
EMBEDDED = "conformance/test_embedded_broker.py"
EXTERNAL = "conformance/test_external_brokers.py"
STORIES = "conformance/test_stories_over_every_broker.py"
TREE = "audit/test_audit_tree.py"
LOG = "audit/test_audit_log.py"
LOG_CHECK = "audit/test_audit_verify.py"
CHECKPOINT = "audit/test_audit_checkpoint.py"
TABLE = "policy/test_policy_table.py"
ENGINE = "policy/test_policy_engine.py"
LINT = "policy/test_policy_lint.py"
DESK = "secretariat/test_secretariat_core.py"
KILLS = "system/test_system_kills.py"
TROUBLE = "system/test_system_trouble.py"
GUARD = "console/test_console_guard.py"
HOUSE = "house/test_house_order.py"
HERE_ENVELOPE = "attacks/test_attacks_envelope.py"
HERE_IDENTITY = "attacks/test_attacks_identity.py"
HERE_ROUTING = "attacks/test_attacks_routing.py"
HERE_FILES = "attacks/test_attacks_files.py"
HERE_CAPTURED = "attacks/test_attacks_captured_hub.py"
HERE_MORE = "attacks/test_attacks_more.py"


@dataclass(frozen=True)
class Line:
    """One attempt, and what must happen."""

    attempt: str
    tests: tuple[str, ...]
    """``file::test`` below ``tests/``."""
    why: str = ""
    """What is not done, and why."""


def _line(attempt: str, *tests: str, why: str = "") -> Line:
    return Line(attempt, tests, why)


SECTIONS: dict[str, tuple[Line, ...]] = {
    "envelope": (
        _line(
            "every byte flipped, one at a time, in both suites: refused, nothing shown, no stray exception",
            f"{ENVELOPE}::test_every_flipped_byte_is_refused",
            f"{ENVELOPE}::test_every_flipped_byte_is_refused_in_the_second_suite",
            f"{ENVELOPE}::test_every_flipped_byte_is_refused_in_the_second_suite_and_all_forms",
        ),
        _line(
            "two content keys for a ciphertext with two readings: the second addressee refuses",
            f"{SEALING}::test_two_content_keys_do_not_make_two_readings",
        ),
        _line(
            "another's message under one's own name and signature: the hub may pass it, the reader refuses",
            f"{ENVELOPE}::test_a_stolen_body_under_another_sender_does_not_open",
            f"{ENVELOPE}::test_a_message_is_not_its_sender_s_when_another_signed_it",
        ),
        _line(
            "another's message to another addressee under the old signature",
            f"{ENVELOPE}::test_old_signatures_do_not_cover_new_addressees",
        ),
        _line(
            "a reader seals another's plaintext anew under a copied header, or writes with the content key",
            f"{SEALING}::test_a_reader_cannot_write_in_the_sender_s_name_with_the_content_key",
        ),
        _line(
            "two stanzas swapped; then the same signed again by the sender",
            f"{ENVELOPE}::test_swapped_stanzas_are_refused_by_signature_and_when_signed_again_by_the_seal",
        ),
        _line(
            "a stanza, then a body, of another message of the same sender",
            f"{ENVELOPE}::test_a_part_of_another_message_of_the_same_sender_does_not_fit",
        ),
        _line(
            "one stanza dropped under the same header",
            f"{ENVELOPE}::test_parts_that_do_not_fit_the_header_are_refused_when_reading",
        ),
        _line(
            "a long body cut by a byte, by a chunk, by all but the first chunk",
            f"{SEALING}::test_a_truncated_body_shows_nothing",
        ),
        _line(
            "bytes behind the end; wrong and huge lengths; the same message framed in other bytes",
            f"{ENVELOPE}::test_every_truncation_and_every_appended_byte_is_refused_before_any_signature",
            f"{ENVELOPE}::test_a_wrong_header_length_is_refused",
            "fuzz/test_fuzz_corpus.py::test_every_target_takes_its_own_seeds_and_some_changes_of_them",
        ),
        _line(
            "a header with a name twice, an unknown field, NaN, a huge number, a lone surrogate, deep nesting",
            f"{ENVELOPE}::test_a_bad_header_is_a_format_error_even_if_signed",
            f"{HERE_ENVELOPE}::test_a_header_that_can_be_read_in_two_ways_is_refused",
        ),
        _line(
            "the suite edited down; one signature of two; an unknown suite; a class that needs the other suite",
            f"{ENVELOPE}::test_a_suite_cannot_be_edited_down_or_up",
            f"{ENVELOPE}::test_the_second_suite_needs_both_signatures",
            f"{TABLE}::test_decide_as_the_table_says",
        ),
        _line(
            "public keys of low order or not reduced; a stanza of 31 bytes; one of 32 posing as a digest",
            f"{SEALING}::test_nothing_is_sealed_to_a_bad_key",
            f"{CARDS}::test_a_bad_kem_key_is_refused_though_signed",
            f"{HERE_ENVELOPE}::test_a_stanza_of_another_size_is_refused_though_signed",
            f"{ENVELOPE}::test_a_full_copy_does_not_pass_as_slim_nor_slim_as_full",
        ),
        _line(
            "a hundred thousand seals: no content key, salt or encapsulation twice",
            f"{SEALING}::test_content_keys_salts_and_encapsulations_are_never_used_twice",
            f"{SEALING}::test_a_hundred_thousand_seals_repeat_nothing",
        ),
        _line(
            "slim copies for 195 readers open with the right key, and only with that",
            f"{ENVELOPE}::test_slim_copies_for_195_readers_each_open_with_the_right_key_only",
        ),
        _line(
            "a wrong key gets the same answer as a corrupted message",
            f"{SEALING}::test_a_wrong_key_and_a_corrupted_stanza_get_the_same_answer",
            why="that it takes about the same time is not measured: no test of this house is timed",
        ),
        _line(
            "recorded messages open for ever, and are understood by a second reader",
            f"{VECTORS}::test_a_recorded_envelope_gets_its_recorded_answer",
            f"{VECTORS}::test_a_reader_written_from_the_page_opens_it_too",
            f"{HERE_ENVELOPE}::test_a_checker_in_javascript_agrees_on_every_signature",
            why="JavaScript checks signatures and framing only: Node's own cryptography has ML-KEM from 24.7 on, "
            "and the body cipher not at all; the opener written from the page is in Python",
        ),
        _line(
            "a wire of one byte too many is refused by its size, and a thousand of them do not move memory",
            f"{ENVELOPE}::test_a_wire_above_the_limit_is_refused_by_size_without_touching_memory",
        ),
    ),
    "identity": (
        _line(
            "certificates out of date, for another purpose, with another name or two, by a leaf, of another root",
            f"{CERTIFICATES}::test_a_certificate_that_is_otherwise_in_one_thing_does_not_hold",
            f"{CERTIFICATES}::test_a_certificate_holds_from_its_first_to_its_last_second",
            f"{CERTIFICATES}::test_a_certificate_issued_by_a_leaf_does_not_hold",
            f"{CERTIFICATES}::test_another_root_with_the_same_names_is_not_this_one",
        ),
        _line(
            "a revoked signing certificate, which path validation alone accepts: refused at hub and reader",
            f"{HERE_IDENTITY}::test_a_revoked_certificate_still_verifies_and_is_refused_by_the_directory",
            f"{HUB}::test_a_revoked_party_says_nothing_any_more",
            f"{READER}::test_a_revoked_senders_message_is_rejected",
        ),
        _line(
            "the live session of a revoked bureau is cut at once; what waited for it is withheld and counted",
            f"{BROKERS}::test_a_revoked_party_is_out_at_once_and_comes_back_only_when_permitted",
            f"{HUB}::test_a_revoked_partys_queue_is_withheld_at_once",
            f"{ROUGH}::test_a_revoked_bureau_takes_its_entities_along_and_nobody_waits_for_them",
        ),
        _line(
            "directory or its change: too old, missing, of a lower number, signed by another key",
            f"{TRUST}::test_rollback_and_gap_are_refused",
            f"{TRUST}::test_a_change_of_another_authority_or_run_is_refused",
            f"{TRUST}::test_a_party_cannot_sign_the_directory",
            f"{HUB}::test_under_a_directory_that_is_too_old_nothing_goes",
            f"{READER}::test_under_a_directory_that_is_too_old_nothing_is_opened",
            f"{EXTERNAL}::test_a_revoked_certificate_stays_revoked_in_later_runs_where_the_broker_reads_a_list",
            why="a revocation list that has expired at somebody else's broker is its operator's matter: Mosquitto then "
            "lets nobody in",
        ),
        _line(
            "Ed25519 keys of small order or not canonical: not certified",
            f"{AUTHORITY}::test_a_weak_key_is_refused_even_if_a_signature_verifies",
            "security/test_security_keys.py::test_keys_that_are_not_canonical_are_weak",
        ),
        _line(
            "a request signed with another key than its own",
            f"{AUTHORITY}::test_a_request_without_proof_of_possession_is_refused",
        ),
        _line(
            "a key card: wrong signature, older serial, hash not in the directory, another's key",
            f"{CARDS}::test_a_card_needs_both_signatures",
            f"{TRUST}::test_an_old_card_does_not_come_back",
            f"{TRUST}::test_another_party_s_kem_key_on_a_card_is_refused",
            f"{TRUST}::test_a_card_that_is_not_fr_s_next_is_refused",
        ),
        _line(
            "the hub swaps a key in the directory: nobody believes it; and its owner finds a card that is not its own",
            f"{HERE_CAPTURED}::test_a_swapped_key_is_believed_by_nobody",
            f"{HERE_IDENTITY}::test_a_party_notices_a_card_in_its_name_that_is_not_its_own",
        ),
        _line(
            "signed before and handed over after a revocation: judged at the simulated time of the log",
            f"{HUB}::test_a_sender_revoked_before_the_hand_over_reaches_nobody",
            f"{TRUST}::test_a_revoked_party_is_e_key_from_the_change_on",
        ),
        _line(
            "key files of two bureaus exchanged; a wrong passphrase",
            f"{KEYFILES}::test_files_of_two_parties_cannot_change_places",
            f"{KEYFILES}::test_an_exported_identity_opens_with_its_passphrase_and_name",
        ),
    ),
    "routing": (
        _line(
            "the whole table of decisions, on every change of rules, schema or engine",
            f"{TABLE}::test_decide_as_the_table_says",
            f"{TABLE}::test_every_rule_decides_at_least_once",
        ),
        _line(
            "facts without a part, with a party that is not there, of a wrong type: refused though Cedar would allow",
            f"{ENGINE}::test_refuse_a_message_that_does_not_fit_the_schema",
            f"{ENGINE}::test_refuse_when_a_rule_fails_with_an_error_although_another_permits",
        ),
        _line(
            "certificate, header and topic name three parties: refused at each comparison separately",
            f"{BROKERS}::test_a_publish_without_right_vanishes_and_is_counted",
            f"{HUB}::test_a_message_on_another_partys_topic_is_refused",
            f"{HUB}::test_a_message_signed_by_another_party_in_this_ones_name_is_refused",
        ),
        _line(
            "a disconnected bureau writes to the secretariat and another; another to it; the secretariat answers",
            f"{HERE_ROUTING}::test_of_a_disconnected_bureau_only_the_legs_with_the_secretariat_pass",
        ),
        _line(
            "a Red Notice by a bureau, before its review, with a review made up, or with another notice's",
            f"{HUB}::test_only_the_secretariat_publishes",
            f"{HUB}::test_a_publication_without_a_decision_is_refused",
            f"{HUB}::test_a_decision_against_publishing_or_for_another_type_is_refused",
            f"{READER}::test_a_publication_that_the_reviewer_did_not_decide_is_rejected",
            f"{READER}::test_a_decision_in_the_reviewers_name_that_it_did_not_sign_is_rejected",
        ),
        _line(
            "a border post asks for persons: directly, as another operation, under another name, in a batch",
            f"{HERE_ROUTING}::test_a_border_post_never_gets_at_persons",
        ),
        _line(
            "a purpose that is empty, not listed, in other letters; another one afterwards shows in the log",
            f"{HERE_ROUTING}::test_a_purpose_that_is_not_on_the_list_is_no_purpose",
        ),
        _line(
            "an emergency with one officer, the same twice, no reason, a target that is barred",
            f"{TABLE}::test_decide_as_the_table_says",
        ),
        _line(
            "a scenario's own permit, a taken id, a rule that never holds: the lint refuses",
            f"{LINT}::test_refuse",
        ),
        _line(
            "two hundred rules and 195 addressees: no more than that is taken",
            f"{LINT}::test_refuse_more_rules_than_a_hub_can_ask_in_time",
            why="the time itself is a figure of `i247sim bench`, not a test",
        ),
        _line(
            "a diffusion whose copy for the secretariat is garbage is cancelled to all",
            "exercise/test_exercise_incidents.py::"
            "test_a_diffusion_whose_copy_for_the_secretariat_does_not_open_is_cancelled_to_all",
        ),
        _line(
            "a publication that quotes no decision, another's, or a used one",
            f"{HUB}::test_a_publication_without_a_decision_is_refused",
            f"{HUB}::test_a_decision_serves_one_publication",
        ),
        _line(
            "a barred party cannot tell a restriction from an absence",
            f"{DESK}::test_a_restriction_looks_like_an_absence_byte_for_byte",
            f"{DESK}::test_every_query_is_answered_after_the_same_time",
        ),
        _line(
            "sealed to a party that is then refused: not handed over, and the access proof names the exposure",
            "exercise/test_exercise_stories.py::test_who_can_read_shows_six_different_answers",
            "cli/test_cli_evidence.py::test_explain_shows_rule_broker_and_key",
        ),
        _line(
            "the hub hands over what does not name the reader, or what an owner has barred",
            f"{READER}::test_a_message_that_does_not_name_this_party_is_rejected",
            f"{HERE_CAPTURED}::test_what_it_decides_otherwise_is_decided_again",
            f"{HERE_CAPTURED}::test_a_copy_that_no_decision_allowed_is_an_alarm_of_the_access_proof",
        ),
    ),
    "replay": (
        _line(
            "the same envelope twice: through the broker, to the hub, to the reader, after a restart",
            f"{ROUGH}::test_a_rough_network_changes_nothing_that_is_decided_or_shown",
            f"{HUB}::test_a_resend_gets_the_stored_receipt_and_nothing_else",
            f"{SHELL}::test_a_copy_is_not_shown_again_after_a_kill_and_still_acknowledged",
            f"{READER}::test_the_same_id_under_another_number_is_rejected",
            f"{STATE}::test_the_log_alone_knows_what_a_restarted_hub_must_know",
        ),
        _line(
            "a life that is over, not begun, or years long",
            f"{HUB}::test_a_message_outside_of_its_time_is_refused_and_its_number_used_up",
            f"{HUB}::test_fresh_means_neither_expired_nor_from_the_future",
            f"{READER}::test_a_message_whose_life_is_over_is_rejected",
        ),
        _line(
            "deliveries out of order or lost; a receipt that is missing",
            f"{SHELL}::test_a_gap_is_asked_for",
            f"{LINE}::test_what_has_no_receipt_is_sent_again_and_then_no_more",
            f"{HUB}::test_the_stored_receipt_says_what_was_decided_then_not_what_became_of_it",
        ),
        _line(
            "an acknowledgement that the hub has forged",
            f"{READER}::test_a_forged_acknowledgement_is_not_believed",
        ),
        _line(
            "the same bytes after the receipt was confirmed; the same id with other bytes",
            f"{HUB}::test_a_copy_after_the_receipt_was_confirmed_is_a_replay",
            f"{HUB}::test_a_used_number_with_other_bytes_is_an_alarm_and_both_are_kept",
            f"{HUB}::test_a_used_id_under_the_next_number_is_an_alarm",
            f"{HUB}::test_another_partys_id_is_an_alarm_too",
        ),
    ),
    "broker": (
        _line(
            "publish on another's topic or inwards; subscribe to everything, to others, to the server's own",
            f"{BROKERS}::test_a_publish_without_right_vanishes_and_is_counted",
            f"{BROKERS}::test_a_subscription_without_right_is_refused_or_brings_nothing",
        ),
        _line(
            "no certificate, TLS 1.2, a foreign authority",
            f"{EMBEDDED}::test_who_has_not_the_right_certificate_gets_no_connection",
            f"{EXTERNAL}::test_who_has_not_the_right_certificate_gets_no_connection",
        ),
        _line(
            "another's client id with one's own certificate",
            f"{BROKERS}::test_who_takes_over_a_client_id_reads_nothing",
            f"{EMBEDDED}::test_secrets_do_not_show",
        ),
        _line(
            "user name and password in place of a certificate; the server's other listeners",
            f"{EMBEDDED}::test_a_party_that_gives_another_ones_name_is_refused",
            f"{EMBEDDED}::test_the_servers_own_listener_takes_nobody",
            f"{EMBEDDED}::test_it_listens_on_loopback_and_nowhere_else",
        ),
        _line(
            "a broker without TLS or without rights: nothing is played over it",
            "transport/test_transport_external.py::test_a_broker_without_tls_is_refused_with_the_reason",
            f"{STORIES}::test_a_broker_that_enforces_no_rights_is_not_played_over",
        ),
        _line(
            "a broker that drops every third, doubles, delays",
            f"{ROUGH}::test_a_rough_network_changes_nothing_that_is_decided_or_shown",
            f"{ROUGH}::test_many_rough_networks_change_nothing_either",
        ),
    ),
    "audit": (
        _line(
            "an entry edited, with its hash and without triggers; the log cut",
            f"{LOG_CHECK}::test_what_an_owner_of_the_file_changes_is_found",
            f"{LOG_CHECK}::test_a_log_cut_together_with_its_checkpoints_is_found_with_one_held_elsewhere",
            f"{LOG_CHECK}::test_a_log_signed_anew_after_a_change_is_found_with_a_checkpoint_held_elsewhere",
            f"{HERE_CAPTURED}::test_a_rewriting_that_decides_rightly_is_noticed_all_the_same",
        ),
        _line(
            "two checkpoints of one size: any two bureaus notice, and keep the proof",
            f"{CHECKPOINT}::test_two_roots_for_one_size_contradict",
            f"{WITNESS}::test_two_roots_of_one_size_are_an_alarm",
            f"{HERE_CAPTURED}::test_a_forked_log_is_proven_by_two_signatures_of_the_hub",
        ),
        _line(
            "a proof with another root, size, path or signature; too long or too short",
            f"{TREE}::test_no_forged_consistency_proof_holds",
            f"{TREE}::test_a_proof_has_exactly_the_length_of_its_path",
            f"{CHECKPOINT}::test_every_changed_character_is_refused",
            f"{HERE_ENVELOPE}::test_a_checker_in_javascript_agrees_on_every_proof",
        ),
        _line(
            "kill -9 of the hub around a commit, within a batch, at a checkpoint",
            f"{LOG}::test_a_kill_leaves_whole_batches_and_no_contradicted_checkpoint",
            f"{KILLS}::test_a_hub_that_dies_around_a_commit_is_started_again_and_nothing_changes",
        ),
        _line(
            "a full disk: nothing is delivered without an entry, it is said, and it goes on afterwards",
            f"{TROUBLE}::test_a_hub_whose_log_cannot_grow_delivers_nothing_says_so_and_goes_on_when_it_can",
            f"{LOG}::test_a_full_disk_stops_the_log_and_it_recovers",
        ),
    ),
    "files": (
        _line(
            "YAML with aliases without end, with tags, nested, huge, binary",
            f"{HERE_FILES}::test_a_hostile_scenario_is_refused",
            f"{HERE_FILES}::test_no_hostile_scenario_has_done_anything",
            "exercise/test_exercise_loader.py::test_refuse_hostile_files",
            why="the product reads no XML and no archive, so nothing can climb out of a zip or tar",
        ),
        _line(
            "links, pipes, paths upwards, absurd sizes, databases with a schema of their own in a run folder",
            f"{HERE_FILES}::test_a_spoilt_run_folder_is_refused",
            f"{HERE_FILES}::test_what_does_not_check_a_folder_is_not_overrun_by_one_either",
            f"{HERE_FILES}::test_an_unfinished_run_of_a_stranger_is_not_taken_up",
        ),
        _line(
            "markup, links with a scheme, templates in names, subjects and bodies: inert wherever they are shown",
            "cli/test_cli_matrix.py::test_every_party_is_in_the_table_or_counted_and_no_line_is_too_long",
            f"{HERE_FILES}::test_what_does_not_check_a_folder_is_not_overrun_by_one_either",
            why="in a terminal; what a browser makes of them is tested with the console",
        ),
        _line(
            "a foreign origin or host, no token, a token in the address, paths upwards, framing",
            f"{GUARD}::test_another_host_is_refused",
            f"{GUARD}::test_a_form_without_origin_is_refused",
            f"{GUARD}::test_a_form_needs_its_sessions_secret",
            f"{GUARD}::test_a_socket_is_held_to_the_same",
            f"{GUARD}::test_a_token_in_an_address_is_refused",
            f"{GUARD}::test_a_token_in_a_sockets_address_is_refused",
            f"{GUARD}::test_no_path_leads_out_of_the_static_files",
            f"{GUARD}::test_every_answer_carries_the_headers_and_pages_are_not_kept",
        ),
        _line(
            "anything that looks like a real secret, host or person in what is shipped",
            f"{HOUSE}::test_there_is_nothing_that_looks_like_a_real_secret",
            f"{HOUSE}::test_scenarios_name_no_real_host_and_nobodys_address",
            f"{TROUBLE}::test_nobody_else_can_look_into_a_run_and_no_secret_is_where_others_look",
        ),
    ),
    "not on the list": (
        _line(
            "a sender makes up a checkpoint, to accuse the hub of a fork",
            f"{WITNESS}::test_a_checkpoint_that_a_sender_made_up_accuses_the_sender_and_not_the_hub",
        ),
        _line(
            "a hub waits for a restart of a party to show it another log",
            f"{SHELL}::test_what_others_have_seen_of_the_log_is_known_again_after_a_kill",
        ),
        _line(
            "a hub rewrites its log consistently, before anybody has cosigned it",
            f"{HERE_CAPTURED}::test_a_rewriting_that_decides_rightly_is_noticed_all_the_same",
        ),
        _line(
            "a late byte after the last checkpoint, so that the whole folder fails",
            f"{SERVICE}::test_after_the_last_checkpoint_nothing_comes_into_the_log_any_more",
        ),
        _line(
            "an addressee that always says it lacks its newest key, so that its correspondents seal for ever",
            f"{WRITER}::test_a_message_is_not_sealed_again_to_the_same_key",
        ),
        _line(
            "the same, and then revoked, so that the sender breaks",
            f"{WRITER}::test_a_message_is_not_sealed_again_to_somebody_who_was_revoked_meanwhile",
        ),
        _line(
            "a rule in a scenario or folder that ends the process in the library's parser",
            f"{LINT}::test_refuse_what_would_end_the_process",
            f"{HERE_FILES}::test_the_reason_is_said",
        ),
        _line(
            "a table of the log that is a question without end; rows that come round again",
            f"{HERE_FILES}::test_a_spoilt_run_folder_is_refused",
        ),
        _line(
            "words that a terminal obeys: in a folder, and in a field name that is quoted in a refusal",
            f"{HERE_FILES}::test_a_spoilt_run_folder_is_refused",
            f"{HERE_MORE}::test_a_field_name_that_a_terminal_obeys_is_shown_and_not_obeyed",
        ),
        _line(
            "a statement under a directory that is too old",
            f"{HUB}::test_under_a_directory_that_is_too_old_nothing_goes",
        ),
        _line(
            "a welcome of an earlier session, kept by the broker, so that copies count that the hub takes back",
            f"{HERE_MORE}::test_a_welcome_of_an_earlier_session_opens_nothing",
        ),
        _line(
            "a name written in other letters that look the same, or in small ones",
            f"{HERE_MORE}::test_a_party_that_only_looks_like_another_is_none",
        ),
        _line(
            "a bundle of a thousand empty things, and one that is none",
            f"{HERE_MORE}::test_a_bundle_of_nothing_costs_no_more_than_its_parts",
        ),
        _line(
            "a hello that claims to have stored what never came",
            f"{HERE_MORE}::test_a_hello_that_claims_too_much_loses_nothing",
        ),
        _line(
            "a socket in a folder of a stranger that answers without end, or never",
            f"{HERE_MORE}::test_a_strangers_socket_is_not_waited_for",
        ),
        _line(
            "pipes in place of key files",
            f"{HERE_FILES}::test_a_pipe_in_place_of_a_key_file_holds_nobody_up",
        ),
    ),
}
"""The sections, in the order of the list."""
