"""What Canvas's records look like, in our words. SIS ids and emails are there for those who may read them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: int


class Term(_Shape):
    name: str
    start_at: str | None
    end_at: str | None
    workflow_state: str
    sis_term_id: str | None = None


class Course(_Shape):
    name: str
    course_code: str
    account_id: int
    root_account_id: int
    enrollment_term_id: int
    start_at: str | None
    end_at: str | None
    time_zone: str
    workflow_state: str
    default_view: str
    integration_id: str | None
    restrict_enrollments_to_course_dates: bool
    sis_course_id: str | None = None


class AssignmentGroup(_Shape):
    name: str
    position: int
    group_weight: float
    sis_source_id: str | None
    integration_data: dict[str, Any]
    rules: dict[str, Any]


class Assignment(_Shape):
    course_id: int
    assignment_group_id: int
    name: str
    description: str | None
    position: int
    points_possible: float | None
    grading_type: Literal["points", "pass_fail", "percent", "letter_grade", "gpa_scale", "not_graded"]
    grading_standard_id: int | None
    submission_types: list[str]
    allowed_attempts: int
    max_name_length: int
    created_at: str
    updated_at: str
    due_at: str | None
    lock_at: str | None
    unlock_at: str | None
    peer_reviews_assign_at: None
    html_url: str
    submissions_download_url: str
    speed_grader_url: str
    workflow_state: Literal["published", "unpublished", "deleted"]
    published: bool
    unpublishable: bool
    muted: bool
    post_manually: bool
    post_to_sis: bool
    anonymize_students: bool
    anonymous_grading: bool
    anonymous_instructor_annotations: bool
    anonymous_peer_reviews: bool
    automatic_peer_reviews: bool
    can_duplicate: bool
    due_date_required: bool
    grade_group_students_individually: bool
    graded_submissions_exist: bool
    grader_comments_visible_to_graders: bool
    grader_names_visible_to_final_grader: bool
    graders_anonymous_to_graders: bool
    has_overrides: bool
    has_submitted_submissions: bool
    hide_in_gradebook: bool
    important_dates: bool
    in_closed_grading_period: bool
    intra_group_peer_reviews: bool
    is_quiz_assignment: bool
    locked_for_user: bool
    moderated_grading: bool
    new_quizzes_anonymous_participants: bool
    omit_from_final_grade: bool
    only_visible_to_overrides: bool
    peer_reviews: bool
    require_lockdown_browser: bool
    restrict_quantitative_data: bool
    suppress_assignment: bool
    visible_to_everyone: bool
    grader_count: int
    needs_grading_count: int
    peer_review_count: int
    annotatable_attachment_id: None
    final_grader_id: None
    group_category_id: None
    original_assignment_id: None
    original_assignment_name: None
    original_course_id: None
    original_lti_resource_link_id: None
    original_quiz_id: None
    sis_assignment_id: str | None = None
    integration_id: str | None = None
    integration_data: dict[str, Any] | None = None


class Submission(_Shape):
    user_id: int
    assignment_id: int
    attempt: None
    body: None
    cached_due_date: str | None
    custom_grade_status_id: None
    entered_grade: str | None
    entered_score: float | None
    excused: bool | None
    extra_attempts: None
    grade: str | None
    grade_matches_current_submission: bool
    graded_at: str | None
    grader_id: int | None
    grading_period_id: int | None
    late: bool
    late_policy_status: str | None
    missing: bool
    points_deducted: float | None
    posted_at: str | None
    redo_request: bool
    score: float | None
    seconds_late: int
    sticker: None
    submission_type: None
    submitted_at: None
    workflow_state: Literal["unsubmitted", "graded"]


class Progress(_Shape):
    context_id: int
    context_type: Literal["Course"]
    user_id: None
    tag: Literal["submissions_update"]
    completion: int | None
    workflow_state: Literal["queued", "running", "completed", "failed"]
    created_at: str
    updated_at: str
    message: str | None
    url: str


class Section(_Shape):
    course_id: int
    name: str
    start_at: str | None
    end_at: str | None
    restrict_enrollments_to_section_dates: bool | None
    nonxlist_course_id: int | None
    integration_id: str | None
    sis_section_id: str | None = None
    sis_course_id: str | None = None


class Enrollment(_Shape):
    user_id: int
    course_id: int
    course_section_id: int
    type: Literal["StudentEnrollment", "TeacherEnrollment"]
    role: str
    role_id: int
    root_account_id: int
    enrollment_state: Literal["active", "invited", "rejected", "completed", "inactive", "deleted"]
    limit_privileges_to_course_section: bool
    associated_user_id: int | None
    start_at: str | None
    end_at: str | None
    last_attended_at: str | None
    html_url: str
    grades: dict[str, str | None] | None = None
    sis_account_id: str | None = None
    sis_course_id: str | None = None
    sis_section_id: str | None = None
    sis_user_id: str | None = None


class User(_Shape):
    name: str
    sortable_name: str
    short_name: str
    login_id: str
    integration_id: str | None
    sis_user_id: str | None = None
    email: str | None = None
    enrollments: list[Enrollment] | None = None
