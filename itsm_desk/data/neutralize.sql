-- A copy of the database writes to nobody in a messenger.
UPDATE itsm_chat_account
   SET secret = NULL, access_token = NULL, access_token_until = NULL;
