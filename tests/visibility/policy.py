"""Who may do what to what, and what they are answered: the whole policy, in tables.

`test_matrix.py` sends every operation of the API for every viewer and every object and compares. A route
without a row here fails a test, and so does a row without a route.

Viewers. Each also follows the bystander, a public account that wrote, liked, reposted and quoted around.
Each has a list of all whom they follow, whose feed shows what these answer each other, and its owner.
    nobody      has no token
    author      wrote the post, or is the account
    follower    follows the author
    stranger    has nothing to do with the author
    mentioned   is mentioned in the post
    blocked     is blocked by the author
    blocker     blocks the author
    muter       follows the author and mutes them
    suspended   may do nothing that needs a token, whatever the object

Expected answers are `200`, or `403:not_your_post` where the problem has a code of its own.
"""

from tests.support.tables import read_table

# How a viewer stands to a post:
#   own     wrote it
#   open    sees it, and it is for everyone
#   few     sees it, and it is not for everyone
#   -       does not see it: every answer equals that about a post that never was
#   barred  has a token of a suspended account
#   ended   has a token whose session has ended
# Each began as a public post with a poll, was liked, reposted, quoted and bookmarked, and then became this.
POSTS = read_table("""
post                author  follower stranger mentioned blocked blocker muter nobody
public              own     open     open     open      -       -       open  open
unlisted            own     open     open     open      -       -       open  open
followers           own     few      -        few       -       -       few   -
mentioned           own     -        -        few       -       -       -     -
deleted             -       -        -        -         -       -       -     -
of_private          own     few      -        few       -       -       few   -
of_suspended        barred  -        -        -         -       -       -     -
of_deactivated      ended   -        -        -         -       -       -     -
comment             own     open     open     open      -       -       open  open
followers_comment   own     few      -        few       -       -       few   -
below_public        open    open     open     open      -       -       open  open
below_followers     few     few      -        few       -       -       few   -
below_mentioned     few     -        -        few       -       -       -     -
below_private       few     few      -        few       -       -       few   -
below_deleted       open    open     open     open      -       -       open  open
below_suspended     barred  -        -        -         -       -       -     -
""")
# `comment` is the author's under a post of the bystander, `below_…` the bystander's under a post of the
# author's, which is what the viewers stand to.

COMMENTS = tuple(name for name in POSTS if "comment" in name or name.startswith("below_"))
LISTED = ("public", "comment", *(name for name in POSTS if name.startswith("below_")))

# How a viewer stands to an account:
#   self, -, barred, ended as above
#   found   finds it
#   shut    finds it, but not whom it follows, nor who follows it
ACCOUNTS = read_table("""
account             author  follower stranger mentioned blocked blocker muter nobody
plain               self    found    found    found     -       found   found found
private             self    found    shut     shut      -       shut    found shut
suspended           barred  -        -        -         -       -       -     -
deactivated         ended   -        -        -         -       -       -     -
leaving             ended   -        -        -         -       -       -     -
asking              self    found    found    found     -       found   found found
""")
# `asking` has asked to follow the viewer, who is private; a block either way ended that.

# Answers by standing. `token` says whether nobody gets 401 instead.
POST_OPERATIONS = read_table("""
operation            token     own  open               few                     -
getPost              optional  200  200                200                     404
listPostsByIds       optional  200  200                200                     200
listRevisions        optional  200  200                200                     404
listComments         optional  200  200                200                     404
getThread            optional  200  200                200                     404
listQuotes           optional  200  200                200                     404
listLikes            optional  200  200                200                     404
listReposts          optional  200  200                200                     404
likePost             needed    200  200                200                     404
unlikePost           needed    200  200                200                     404
bookmarkPost         needed    200  200                200                     404
unbookmarkPost       needed    200  200                200                     404
repostPost           needed    200  200                403:repost_not_allowed  404
unrepostPost         needed    200  200                200                     404
pinPost              needed    200  403:not_your_post  403:not_your_post       404
unpinPost            needed    200  403:not_your_post  403:not_your_post       404
voteInPoll           needed    403:own_poll 200     200                     404
createComment        needed    201  201                201                     404
muteThread           needed    200  200                200                     404
unmuteThread         needed    200  200                200                     404
createPost.reply_to  needed    201  201                201                     404
createPost.quote     needed    201  201                403:quote_not_allowed   404:quote_not_found
editPost             needed    200  403:not_your_post  403:not_your_post       404
deletePost           needed    204  403:not_your_post  403:not_your_post       404
""")

ACCOUNT_OPERATIONS = read_table("""
operation             token    self             found            shut             -
getAccount            optional 200              200              200              404
getAccountByHandle    optional 200              200              200              404
getAvatar             optional 200              200              200              404
listAccounts          optional 200              200              200              200
listRelationships     needed   200              200              200              200
listPresence          needed   200              200              200              200
listAuthorPosts       optional 200              200              200              404
listFollowers         optional 200              200              403:not_allowed  404
listFollowing         optional 200              200              403:not_allowed  404
followAccount         needed   422:not_yourself 200              200              404
unfollowAccount       needed   200              200              200              404
removeFollower        needed   200              200              200              404
blockAccount          needed   422:not_yourself 200              200              404
unblockAccount        needed   200              200              200              404
muteAccount           needed   422:not_yourself 200              200              404
unmuteAccount         needed   200              200              200              404
acceptFollowRequest   needed   404              404              404              404
rejectFollowRequest   needed   404              404              404              404
listListsWithAccount  needed   200              200              200              404
ringBell              needed   409:bell_needs_follow 409:bell_needs_follow 409:bell_needs_follow 404
silenceBell           needed   200              200              200              404
addListMember         needed   200              409:member_not_followed 409:member_not_followed 404
removeListMember      needed   200              200              200              200
""")

# Where the answer is another than the tables above say. The first row that fits holds.
EXCEPTIONS = read_table("""
operation             object        viewer                               answer  because
followAccount         plain         blocker                              404     one has to unblock first
followAccount         private       blocker                              404     one has to unblock first
followAccount         asking        blocker                              404     one has to unblock first
unfollowAccount       gone          follower,muter                       200     what one holds can be let go
unblockAccount        gone          blocker                              200     what one holds can be let go
unmuteAccount         gone          muter                                200     what one holds can be let go
acceptFollowRequest   asking        follower,stranger,mentioned,muter    200     has asked
rejectFollowRequest   asking        follower,stranger,mentioned,muter    200     has asked
ringBell              plain         follower,muter                       200     whom one follows
ringBell              private       follower,muter                       200     whom one follows
ringBell              asking        follower,muter                       200     whom one follows
addListMember         plain         follower,muter                       200     whom one follows
addListMember         private       follower,muter                       200     whom one follows
addListMember         asking        follower,muter                       200     whom one follows
""")
GONE = ("suspended", "deactivated", "leaving")

# What is about no post and no account. `member` stands for whoever is signed in.
OTHER_OPERATIONS = read_table("""
operation            nobody                     member                suspended
register             201                        201                   201
login                200                        200                   403:account_suspended
refresh              401:invalid_refresh_token  200                   403:account_suspended
logout               401                        204                   403:account_suspended
reauthenticate       401                        204                   403:account_suspended
listSessions         401                        200                   403:account_suspended
renameSession        401                        200                   403:account_suspended
revokeSession        401                        204                   403:account_suspended
revokeOtherSessions  401                        204                   403:account_suspended
changePassword       401                        204                   403:account_suspended
forgetPassword       202                        202                   202
resetPassword        400:token_invalid          400:token_invalid     400:token_invalid
verifyEmail          400:token_invalid          400:token_invalid     400:token_invalid
resendVerification   401                        409:email_verified    403:account_suspended
changeEmail          401                        202                   403:account_suspended
startTotp            401                        201                   403:account_suspended
confirmTotp          401                        409:totp_not_started  403:account_suspended
removeTotp           401                        409:totp_is_off       403:account_suspended
renewRecoveryCodes   401                        409:totp_is_off       403:account_suspended
getMe                401                        200                   403:account_suspended
updateMe             401                        200                   403:account_suspended
deleteMe             401                        204                   403:account_suspended
deactivateMe         401                        204                   403:account_suspended
getPreferences       401                        200                   403:account_suspended
updatePreferences    401                        200                   403:account_suspended
createPost           401                        201                   403:account_suspended
getHome              401                        200                   403:account_suspended
getPublic            200                        200                   403:account_suspended
getTag               200                        200                   403:account_suspended
listMyLikes          401                        200                   403:account_suspended
listMyBookmarks      401                        200                   403:account_suspended
listFollowRequests   401                        200                   403:account_suspended
listBlocks           401                        200                   403:account_suspended
listMutes            401                        200                   403:account_suspended
listLists            401                        200                   403:account_suspended
createList           401                        201                   403:account_suspended
getList              401                        200                   403:account_suspended
updateList           401                        200                   403:account_suspended
deleteList           401                        204                   403:account_suspended
listListMembers      401                        200                   403:account_suspended
getListFeed          401                        200                   403:account_suspended
listConversations    401                        200                   403:account_suspended
createConversation   401                        201                   403:account_suspended
countUnread          401                        200                   403:account_suspended
getMessagePreferences 401                       200                   403:account_suspended
updateMessagePreferences 401                    200                   403:account_suspended
openStream           401                        426:upgrade_required  403:account_suspended
createStreamTicket   401                        201                   403:account_suspended
getStreamPreferences 401                        200                   403:account_suspended
updateStreamPreferences 401                     200                   403:account_suspended
getPushKey           401                        200                   403:account_suspended
listPushSubscriptions 401                       200                   403:account_suspended
createPushSubscription 401                      201                   403:account_suspended
updatePushSubscription 401                      200                   403:account_suspended
deletePushSubscription 401                      204                   403:account_suspended
getMailPreferences   401                        200                   403:account_suspended
updateMailPreferences 401                       200                   403:account_suspended
openUnsubscribe      400:unsubscribe_link_invalid 400:unsubscribe_link_invalid 400:unsubscribe_link_invalid
unsubscribe          400:unsubscribe_link_invalid 400:unsubscribe_link_invalid 400:unsubscribe_link_invalid
listNotifications    401                        200                   403:account_suspended
getUnread            401                        200                   403:account_suspended
readNotifications    401                        200                   403:account_suspended
getNotification      401                        200                   403:account_suspended
dismissNotification  401                        204                   403:account_suspended
listNotificationAccounts 401                    200                   403:account_suspended
getNotificationPreferences 401                  200                   403:account_suspended
updateNotificationPreferences 401               200                   403:account_suspended
openVerification     200                        200                   200
openReset            200                        200                   200
getLinkFile          200                        200                   200
getJwks              200                        200                   200
getInstance          200                        200                   200
getOpenapi           200                        200                   200
getAsyncapi          200                        200                   200
getStreamPage        200                        200                   200
getStart             302                        302                   302
getDocs              200                        200                   200
getDocsFile          200                        200                   200
getLiveness          200                        200                   200
getReadiness         200                        200                   200
""")

# What is about a group, by what the viewer is in it. Of the message and the member that it may be about the
# owner wrote the one, and the other is a plain member. `apart` has left it or was never in it: every answer
# equals that about a conversation that never was.
CONVERSATION_OPERATIONS = read_table("""
operation                  owner  admin  member               asked                     apart
getConversation            200    200    200                  200                       404
updateConversation         200    200    403:not_group_admin  403:not_group_admin       404
leaveConversation          204    204    204                  204                       404
listMessages               200    200    200                  200                       404
getMessage                 200    200    200                  200                       404
searchMessages             200    200    200                  200                       404
sendMessage                201    201    201                  403:request_not_accepted  404
editMessage                200    403:not_your_message 403:not_your_message 403:not_your_message 404
deleteMessage              204    204    403:not_your_message 403:not_your_message      404
deleteMessage.me           204    204    204                  204                       404
addReaction                200    200    200                  403:request_not_accepted  404
removeReaction             200    200    200                  403:request_not_accepted  404
listMembers                200    200    200                  200                       404
addConversationMember      200    200    403:not_group_admin  403:not_group_admin       404
changeMemberRole           200    403:not_group_admin 403:not_group_admin 403:not_group_admin 404
removeConversationMember   204    204    403:not_group_admin  403:not_group_admin       404
acceptMessageRequest       200    200    200                  200                       404
declineMessageRequest      404    404    404                  204                       404
muteConversation           200    200    200                  200                       404
unmuteConversation         200    200    200                  200                       404
markRead                   200    200    200                  200                       404
markDelivered              200    200    200                  200                       404
""")

# Lists of posts, and what has to hold for the post to stand in one; else nothing of it is in the answer.
#   seen      by the table above              top       is no comment
#   listed    is public, of a public account  comment   is one, and what it answers is still there
#   follows   viewer follows or is its author unmuted   viewer does not mute who wrote it
#   signed    viewer has a token              pinned    its author has pinned it
#   apart     the post itself does not stand in the viewer's home, where it is shown once
POST_LISTS = read_table("""
list                          when
getHome                       seen,top,follows,unmuted
getListFeed                   seen,follows,unmuted
getPublic                     seen,top,listed,unmuted
getTag                        seen,listed,unmuted
listAuthorPosts               seen,top
listAuthorPosts.replies       seen
listAuthorPosts.pinned        seen,pinned
listPostsByIds                seen
listMyLikes                   seen,signed
listMyBookmarks               seen,signed
listComments                  seen,comment,unmuted
getThread                     seen,comment,unmuted
listQuotes                    seen,unmuted
""")

# What the bystander made of the post while it was public: a repost, and a post that quotes it.
ECHOES = read_table("""
list                          when
getPost.repost                seen
listAuthorPosts.repost        seen
getHome.repost                seen,signed,unmuted,apart
getListFeed.repost            seen,signed,unmuted
getPost.quote                 seen
""")

# Lists of people, and what has to hold for the account to stand in one.
ACCOUNT_LISTS = read_table("""
list                          when
listAccounts                  found
listFollowers.bystander       found,unblocked
listFollowing.bystander       found,unblocked
listLikes.bystander           found,unblocked
listReposts.bystander         found,unblocked
listBlocks                    found,blocks
listMutes                     found,mutes
listListMembers               found,follows
listFollowRequests            found,asked
""")
